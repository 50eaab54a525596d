// Three functions that came into glibc after 2.34, which is where Ubuntu 22.04 and heroku-22 start
// (2.35): what links them statically finds these instead.
#include <dlfcn.h>
#include <link.h>
#include <sys/random.h>

#include <cstdint>
#include <cstdlib>

extern "C" {

// 2.36. In a static library that asks for a seed.
__attribute__((visibility("hidden"))) std::uint32_t arc4random() {
  std::uint32_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) std::abort();
  return number;
}

// The version of 2.2.5 is the same function, which sets errno as well.
double older_hypot(double x, double y);
__asm__(".symver older_hypot, hypot@GLIBC_2.2.5");
__attribute__((visibility("hidden"))) double hypot(double x, double y) { return older_hypot(x, y); }

// 2.35. How the unwinder finds the tables of a piece of code; here by asking for all objects.
struct Search {
  std::uintptr_t address;
  dl_find_object* found;
};

static int look_at(dl_phdr_info* object, std::size_t /*size*/, void* data) {
  auto* const search = static_cast<Search*>(data);
  bool inside = false;
  std::uintptr_t first = UINTPTR_MAX;
  std::uintptr_t last = 0;
  std::uintptr_t frames = 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    const std::uintptr_t begin = object->dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_GNU_EH_FRAME) frames = begin;
    if (part.p_type != PT_LOAD) continue;
    const std::uintptr_t end = begin + part.p_memsz;
    inside = inside || (search->address >= begin && search->address < end);
    first = begin < first ? begin : first;
    last = end > last ? end : last;
  }
  if (!inside || frames == 0) return 0;
  search->found->dlfo_flags = 0;
  search->found->dlfo_map_start = reinterpret_cast<void*>(first);
  search->found->dlfo_map_end = reinterpret_cast<void*>(last);
  search->found->dlfo_link_map = nullptr;
  search->found->dlfo_eh_frame = reinterpret_cast<void*>(frames);
  return 1;
}

__attribute__((visibility("hidden"))) int _dl_find_object(void* address, dl_find_object* found) {
  Search search{reinterpret_cast<std::uintptr_t>(address), found};
  return ::dl_iterate_phdr(look_at, &search) == 1 ? 0 : -1;
}

}  // extern "C"
