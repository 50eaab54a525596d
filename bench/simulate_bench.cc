// Events a second of the simulator, and the time of a table of workers and threads by the formula.
// bench/simulate_rivals.sh runs the same model in Ruby and in SimPy beside it.
#include <benchmark/benchmark.h>

#include "simulate/event_simulator.h"
#include "simulate/server_law.h"
#include "simulate/sizing.h"

namespace tidemark {
namespace {

void BM_BackToBack(benchmark::State& state) {
  ServerModel model = article_model(static_cast<std::size_t>(state.range(0)), 0);
  model.pauses.clear();
  model.seconds = 1e6 / static_cast<double>(state.range(0));
  const EventSimulator simulator(model);
  std::uint64_t events = 0;
  std::uint64_t run = 0;
  for (auto _ : state) events += simulator.run(1, run++).events;
  state.counters["events/s"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_BackToBack)->Arg(1)->Arg(5)->Arg(10)->Arg(20)->Arg(64)->Unit(benchmark::kMillisecond);

// With pauses, as in the article: the begin of a request is an event as well.
void BM_Article(benchmark::State& state) {
  ServerModel model = article_model(static_cast<std::size_t>(state.range(0)), 1000);
  const EventSimulator simulator(model);
  std::uint64_t events = 0;
  std::uint64_t run = 0;
  for (auto _ : state) events += simulator.run(1, run++).events;
  state.counters["events/s"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Article)->Arg(1)->Arg(5)->Arg(10)->Arg(64)->Unit(benchmark::kMillisecond);

void BM_Table16x8(benchmark::State& state) {
  SizingInput input;
  input.mix = usual_mix();
  input.rate = 5;
  input.base = 330e6;
  input.shared = 40e6;
  input.quota = 1e9;
  for (auto _ : state) benchmark::DoNotOptimize(size_table(input).cells.size());
}
BENCHMARK(BM_Table16x8)->Unit(benchmark::kMillisecond);

void BM_OneLaw(benchmark::State& state) {
  const ServerModel model = article_model(static_cast<std::size_t>(state.range(0)), 1000);
  for (auto _ : state) {
    benchmark::DoNotOptimize(ServerLaw(model).quantile(0.5, model.horizon()));
  }
}
BENCHMARK(BM_OneLaw)->Arg(2)->Arg(10)->Arg(64)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tidemark
