// Files that travel inside the program and are loaded into apps: Ruby by RUBYOPT=-r, JavaScript by
// NODE_OPTIONS=--require, a shared library by LD_PRELOAD. Their sources lie in ruby/, node/ and
// native/ beside this header; cmake/TidemarkPreload.cmake puts all of ruby/ and node/ and the built
// library into the binary. A new file there needs no further edit.
//
// Nothing is installed: a file is written, when an app is to load it, to this user's private folder
// (base/private_folder.h) under a name that holds the hash of its content. Two versions of tidemark
// do not disturb each other, and a process that reads it later still finds what it was given.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark {

// The content of an embedded file, by its path in this room: "ruby/supervised.rb",
// "node/supervised.js", "native/take_socket.so". None: there is no such file.
std::optional<std::string_view> preload_content(std::string_view name);

// Writes it where an app of this user can load it, unless it is there; its absolute path, free of
// spaces and colons. Errors: kNotFound for an unknown name; kIo when no folder takes it.
Result<std::string> preload_file(std::string_view name);

}  // namespace tidemark
