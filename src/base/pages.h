// Memory straight from the system, for what is large and lives for a while. It goes back at once
// when it is freed, instead of staying in malloc's arenas.
#pragma once

#include <cstddef>

namespace tidemark {

// Zeroed pages, in huge ones where the system gives them and there is enough to fill some: an
// algorithm that jumps about in hundreds of megabytes spends much of its time on the page tables.
// Throws std::bad_alloc.
void* map_pages(std::size_t bytes);
void unmap_pages(void* pages, std::size_t bytes) noexcept;  // with the size that was asked for

}  // namespace tidemark
