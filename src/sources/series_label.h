// What a series is called, out of the labels of a metric.
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

// "web-1" of `container_memory_rss{namespace="shop", pod="web-1"}`: what tells one process or
// container from the next. A text without labels is its own name.
std::string series_label(std::string_view text);

}  // namespace tidemark
