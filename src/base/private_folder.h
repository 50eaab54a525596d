// A folder that only this user may enter, for files and sockets of ours that other programs open by
// name: <where>/tidemark-<uid>, mode 0700.
//
// It is made where there is none. One that is a symbolic link, or another user's, is not used: the
// folders around it (/tmp) can be written by anybody. Paths hold no space and no colon, so that
// they can stand in RUBYOPT, NODE_OPTIONS and LD_PRELOAD.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.h"
#include "base/result.h"

namespace tidemark {

struct PrivateFolder {
  std::string path;
  FileDescriptor descriptor;  // of the folder itself, for openat() and the like
};

// The folders in which one may lie, best first: $TMPDIR, /tmp, /dev/shm, $XDG_RUNTIME_DIR.
std::vector<std::string> private_folder_places();

// Errors: kIo when it cannot be made, or is not ours.
Result<PrivateFolder> open_private_folder(const std::string& place);
// The first of the places where one can be had. Errors: of the first place.
Result<PrivateFolder> open_private_folder();

// A file of this content in the folder, mode 0600; its path. One that is there with the same
// content is left alone; anything else of that name is replaced in one step, so that a reader never
// sees half of it. Errors: kIo (disk full).
Result<std::string> keep_file(const PrivateFolder& folder, const std::string& name,
                              std::string_view content);

}  // namespace tidemark
