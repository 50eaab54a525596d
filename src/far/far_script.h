// The shell command that receives this program on the far side. It needs a POSIX shell and head;
// gzip and sha256sum are used where they are. The file loses its name before a byte is in it, so
// whatever ends the connection, nothing stays.
#pragma once

#include <cstdint>
#include <string>

namespace tidemark {

// The line with which it says that it is ready: "tidemark-far ARCHITECTURE gzip|plain", or
// "tidemark-far refused WHY".
inline constexpr const char* kFarHello = "tidemark-far ";

// One line without single quotes. `token` makes the file's name unguessable. It then reads a line
// "BYTES SHA256" and that many bytes: the program, compressed as it was said, in base64 when
// `text_only`.
std::string far_script(const std::string& token, bool text_only);

}  // namespace tidemark
