// Memory straight from the system, for what is large and lives for a while.
//
// What is freed is kept for the next who asks, because pages that the system has to find and clear
// cost more than most work on them. It is given back before more is asked of the system, so that
// the most memory that the process ever has is what is in use at that time. Thread-safe.
#pragma once

#include <cstddef>

namespace tidemark {

// Pages of any content, in huge ones where the system gives them and there is enough to fill some:
// an algorithm that jumps about in hundreds of megabytes spends much of its time on the page
// tables. Throws std::bad_alloc.
void* map_pages(std::size_t bytes);
// The same, all zero.
void* map_zeroed_pages(std::size_t bytes);
void unmap_pages(void* pages, std::size_t bytes) noexcept;  // with the size that was asked for

// Pages of which none is there before it is written, for what may well stay empty in part. They
// come from the system and go back to it.
void* map_fresh_pages(std::size_t bytes);
void unmap_fresh_pages(void* pages, std::size_t bytes) noexcept;

}  // namespace tidemark
