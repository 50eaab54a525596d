// Requests out of what was recorded, to replay the real mix:
//
//   a list of URLs          /users/1    POST /orders    http://localhost:3000/search?q=x
//   an access log           127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 23
//   a Heroku router's log   ... heroku[router]: at=info method=GET path="/a" host=... status=200
//
// Lines of any of them, mixed with others. Requests that change something (POST and the like) are
// in a log without their bodies: they are left out and counted. A plain list may hold them.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "reproduce/load/url_mix.h"

namespace tidemark {

struct ReplayLog {
  std::vector<RequestKind> requests;  // in order, each of weight 1
  std::size_t without_body = 0;       // left out, see above
  std::size_t other_lines = 0;        // no requests
};

// At most `most` requests are taken.
ReplayLog parse_replay_log(std::string_view text, std::size_t most = 1'000'000);

}  // namespace tidemark
