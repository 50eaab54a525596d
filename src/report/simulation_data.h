// A simulation for programs: JSON with schema "tidemark.simulate/1", CSV of the curves.
#pragma once

#include "report/text_sink.h"
#include "simulate/model_fit.h"
#include "simulate/simulation.h"

namespace tidemark {

// `fit`: null unless the model was fitted to a series.
void write_simulation_json(TextSink& sink, const Simulation& simulation, std::uint64_t seed,
                           const ModelFit* fit = nullptr);

// A row for each column of the chart: seconds, bytes held by requests, memory of the server, and
// the expected highest level so far (5 %, median, 95 %); where all requests are known, what each of
// up to 64 threads held at that time.
void write_simulation_csv(TextSink& sink, const Simulation& simulation);

// What a thread holds at a time, by the requests of the timeline.
double held_by(const Timeline& timeline, std::size_t thread, double seconds);

// The expected curve at a time.
LevelBand band_at(const Simulation& simulation, double seconds);

}  // namespace tidemark
