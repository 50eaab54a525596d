// The parts of decide(), each adding to the decision. Pure; see decide.h for the rules.
#pragma once

#include <string>
#include <string_view>

#include "supervise/decide.h"

namespace tidemark {

// replace.cc
void carry_on_replacing(const PoolSettings& settings, const PoolView& view, Decision& decision);
void retire_one(const PoolSettings& settings, const PoolView& view, Decision& decision);

// scale.cc
void scale(const PoolSettings& settings, const PoolView& view, Decision& decision);
void fill_up(const PoolSettings& settings, const PoolView& view, Decision& decision);

void add_action(Decision& decision, ActionKind kind, int worker, std::string_view reason);

}  // namespace tidemark
