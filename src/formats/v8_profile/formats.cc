#include "formats/v8_profile/formats.h"

#include "formats/beginning.h"

namespace tidemark::v8 {

constinit const Format kHeapProfileFormat{
    .name = "v8-heap-profile",
    .title = "a V8 allocation profile (a sampling heap profile)",
    .recognise = [](std::string_view head) { return json_begins(head, "{\"head\":{"); },
    .open = nullptr,
    .hint =
        "it says which functions allocate, not what is alive: Chrome DevTools shows it, in its "
        "Memory panel; a heap snapshot is taken by `tidemark capture PID`"};

constinit const Format kCpuProfileFormat{
    .name = "v8-cpu-profile",
    .title = "a V8 CPU profile",
    .recognise = [](std::string_view head) { return json_begins(head, "{\"nodes\":["); },
    .open = nullptr,
    .hint =
        "it says where time goes, not memory: Chrome DevTools shows it, in its Performance "
        "panel; a heap snapshot is taken by `tidemark capture PID`"};

}  // namespace tidemark::v8
