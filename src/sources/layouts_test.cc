// What monitoring tools export and print: each is read right, or refused with the reason.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sources/series_input.h"

namespace tidemark {
namespace {

constexpr double kNow = 1772500000;    // 2026-03-03
constexpr double kBegin = 1772409600;  // 2026-03-02 00:00 UTC

struct Layout {
  std::string what;
  std::string text;
  std::vector<std::string> names;  // of the series, in order
  double first_bytes = 0;          // of the first one
  double first_time = kBegin;
  double gap = 60;
};

constexpr double kMiB = 1048576;

std::vector<Layout> layouts() {
  return {
      {"long, with a column of names",
       "Series;Time;Value\nweb-1;2026-03-02T00:00:00.000Z;312347810\n"
       "web-2;2026-03-02T00:00:00.000Z;212347810\nweb-1;2026-03-02T00:01:00.000Z;314049353\n"
       "web-2;2026-03-02T00:01:00.000Z;214049353\n",
       {"web-1", "web-2"},
       312347810},
      {"Grafana, values with units",
       "\"Time\",\"web-1\",\"web-2\"\n2026-03-02 00:00:00,297.9 MiB,200.4 MiB\n"
       "2026-03-02 00:01:00,299.5 MiB,201.4 MiB\n",
       {"web-1", "web-2"},
       297.9 * kMiB},
      {"Grafana, labels in the header",
       "Time,\"{pod=\"\"web-1\"\", ns=\"\"a\"\"}\",\"{pod=\"\"web-2\"\", ns=\"\"a\"\"}\"\n"
       "1772409600000,312347810,212347810\n1772409660000,312347811,212347811\n",
       {"web-1", "web-2"},
       312347810},
      {"numbers and amounts with a suffix in one column",
       "time,memory\n2026-03-02 00:00:00,312347810\n2026-03-02 00:01:00,612Mi\n",
       {""},
       312347810},
      {"gigabytes",
       "time,value\n2026-03-02 00:00:00,0.3123\n2026-03-02 00:01:00,0.3140\n",
       {""},
       0.3123e9},
      {"milliseconds since the start",
       "time_ms,rss\n0,312347810\n60000,314049353\n",
       {""},
       312347810,
       0},
      {"decimal commas",
       "Datum;Speicher (MB)\n02.03.2026 00:00;297,9\n02.03.2026 00:01;1.299,5\n",
       {""},
       297.9e6},
      {"thousands",
       "time,memory\n2026-03-02 00:00:00,\"312,347,810\"\n2026-03-02 00:01:00,\"312,347,811\"\n",
       {""},
       312347810},
      {"Datadog's and Excel's first line",
       "sep=;\ntime;rss_mb\n2026-03-02 00:00;300\n2026-03-02 00:01;301\n",
       {""},
       300e6},
      {"date and time apart",
       "Date,Time,RSS (MB)\n2026-03-02,00:00:00,300\n2026-03-02,00:01:00,301\n",
       {""},
       300e6},
      {"dates of the USA",
       "Time,Memory MB\n03/02/2026 12:00:00 AM,300\n03/02/2026 12:01:00 AM,301\n"
       "03/13/2026 12:00:00 AM,302\n",
       {""},
       300e6},
      {"Prometheus",
       R"({"status":"success","data":{"resultType":"matrix","result":[
         {"metric":{"__name__":"process_resident_memory_bytes","job":"web","instance":"web-1:9394"},
          "values":[[1772409600,"312347810"],[1772409660,"314049353"]]},
         {"metric":{"__name__":"process_resident_memory_bytes","job":"web","instance":"web-2:9394"},
          "values":[[1772409600,"212347810"],[1772409660,"214049353"]]}]}})",
       {"web-1:9394", "web-2:9394"},
       312347810},
      {"Graphite",
       R"([{"target":"web-1.rss","datapoints":[[312347810,1772409600],[null,1772409630],[314049353,1772409660]]}])",
       {"web-1.rss"},
       312347810},
      {"Datadog",
       R"({"status":"ok","series":[{"metric":"container.memory.usage","scope":"host:web-1",
          "unit":[{"name":"byte"},null],"pointlist":[[1772409600000,312347810.0],[1772409660000,314049353.0]]}]})",
       {"host:web-1"},
       312347810},
      {"CloudWatch",
       R"({"Label":"mem_used","Datapoints":[{"Timestamp":"2026-03-02T00:01:00Z","Average":314.0,"Unit":"Megabytes"},
          {"Timestamp":"2026-03-02T00:00:00Z","Average":312.0,"Unit":"Megabytes"}]})",
       {""},
       312e6},
      {"InfluxDB",
       R"({"results":[{"series":[{"name":"procstat","tags":{"host":"web-1"},"columns":["time","memory_rss"],
          "values":[["2026-03-02T00:00:00Z",312347810],["2026-03-02T00:01:00Z",314049353]]}]}]})",
       {"web-1"},
       312347810},
      {"InfluxDB's annotated CSV",
       "#group,false,false,true,true,false,false,true\n#datatype,string,long,dateTime:RFC3339,"
       "dateTime:RFC3339,"
       "dateTime:RFC3339,double,string\n#default,_result,,,,,,\n,result,table,_start,_stop,_time,_"
       "value,host\n"
       ",,0,2026-03-01T00:00:00Z,2026-03-03T00:00:00Z,2026-03-02T00:00:00Z,312347810,web-1\n"
       ",,0,2026-03-01T00:00:00Z,2026-03-03T00:00:00Z,2026-03-02T00:01:00Z,314049353,web-1\n",
       {"web-1"},
       312347810},
      {"process.memoryUsage() in JSON lines",
       "{\"time\": 1772409600000, \"rss\": 312347810, \"heapTotal\": 249878248, \"heapUsed\": "
       "187408686}\n"
       "{\"time\": 1772409660000, \"rss\": 314049353, \"heapTotal\": 251239483, \"heapUsed\": "
       "188429612}\n",
       {"", ""},
       312347810},
      {"nested JSON lines",
       "{\"@timestamp\":\"2026-03-02T00:00:00Z\",\"message\":\"x\",\"memory\":{\"rss\":312347810}}"
       "\n"
       "not json\n{\"@timestamp\":\"2026-03-02T00:01:00Z\",\"memory\":{\"rss\":314049353}}\n"
       "{\"@timestamp\":\"2026-03-02T00:02:00Z\",\"memory\":{\"rss\":314049353}}\n",
       {""},
       312347810},
      {"ps aux between dates",
       "Mon Mar  2 00:00:00 UTC 2026\n"
       "app  4711  2.0  3.1 915081 305027 ?  Sl   09:00   1:02 puma: cluster worker 0: 4700 [app]\n"
       "Mon Mar  2 00:01:00 UTC 2026\n"
       "app  4711  2.0  3.1 920066 306688 ?  Sl   09:00   1:02 puma: cluster worker 0: 4700 "
       "[app]\n",
       {"puma: cluster worker 0: 4700 [app][4711]"},
       305027.0 * 1024},
      {"ps -o with a header",
       "1772409600\n  PID   RSS COMMAND\n 4711 305027 ruby app.rb\n1772409660\n  PID   RSS "
       "COMMAND\n"
       " 4711 306688 ruby app.rb\n",
       {"ruby app.rb[4711]"},
       305027.0 * 1024},
      {"kubectl top pod",
       "Mon Mar  2 00:00:00 UTC 2026\nNAME    CPU(cores)   MEMORY(bytes)\nweb-a   250m         "
       "297Mi\n"
       "web-b   150m         200Mi\nMon Mar  2 00:01:00 UTC 2026\nNAME    CPU(cores)   "
       "MEMORY(bytes)\n"
       "web-a   250m         299Mi\nweb-b   150m         201Mi\n",
       {"web-a", "web-b"},
       297 * kMiB},
      {"docker stats",
       "2026-03-02T00:00:00+00:00\n"
       "CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %     NET I/O     PIDS\n"
       "4f1a2b3c4d5e   web-1     0.30%     297.9MiB / 1GiB     29.1%     1kB / 2kB   12\n"
       "2026-03-02T00:01:00+00:00\n"
       "CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %     NET I/O     PIDS\n"
       "4f1a2b3c4d5e   web-1     0.30%     299.5MiB / 1GiB     29.2%     1kB / 2kB   12\n",
       {"web-1"},
       297.9 * kMiB},
      {"pidstat -r",
       "Linux 6.1.0 (web-1) \t03/02/2026 \t_x86_64_\t(2 CPU)\n\n"
       "12:00:01 AM   UID       PID  minflt/s  majflt/s     VSZ     RSS   %MEM  Command\n"
       "12:00:01 AM  1000      4711      0.10      0.00  915081  305027   3.10  ruby\n"
       "12:01:01 AM  1000      4711      0.10      0.00  915081  306688   3.10  ruby\n",
       {"ruby[4711]"},
       305027.0 * 1024,
       kBegin + 1},
      {"OpenMetrics",
       "# TYPE process_resident_memory_bytes gauge\n"
       "process_resident_memory_bytes{pod=\"web-1\"} 312347810 1772409600000\n"
       "process_cpu_seconds_total{pod=\"web-1\"} 17 1772409600000\n"
       "process_resident_memory_bytes{pod=\"web-1\"} 314049353 1772409660000\n",
       {"web-1"},
       312347810},
      {"puma_worker_killer",
       "[2026-03-02 00:00:00] [2] PumaWorkerKiller: Consuming 297.5 mb with master and 2 workers.\n"
       "[2026-03-02 00:01:00] [2] PumaWorkerKiller: Consuming 299.5 mb with master and 2 "
       "workers.\n",
       {""},
       297.5 * kMiB},
      {"names and values in a log",
       "2026-03-02T00:00:00Z INFO at=metrics rss=297.5MB rss_limit=512MB\n"
       "2026-03-02T00:01:00Z INFO at=metrics rss=299.5MB rss_limit=512MB\n",
       {""},
       297.5e6},
      {"node --trace-gc",
       "[4711:0x5581]     1000 ms: Scavenge 85.2 (93.4) -> 80.1 (92.0) MB, 3.4 / 0.0 ms\n"
       "[4711:0x5581]    60000 ms: Mark-sweep 185.2 (193.4) -> 180.5 (192.0) MB, 3.4 / 0.0 ms\n"
       "[4711:0x5581]   120000 ms: Mark-sweep 185.2 (193.4) -> 181.5 (192.0) MB, 3.4 / 0.0 ms\n",
       {""},
       180.5 * kMiB,
       60},
      {"a Heroku log in JSON lines",
       "{\"@timestamp\":\"2026-03-02T00:00:00Z\",\"program\":\"heroku/"
       "web.1\",\"message\":\"source=web.1 "
       "dyno=heroku.5.4f sample#memory_total=297.50MB sample#memory_rss=200.00MB "
       "sample#memory_quota=512.00MB\"}\n"
       "{\"@timestamp\":\"2026-03-02T00:01:00Z\",\"program\":\"heroku/"
       "web.1\",\"message\":\"source=web.1 "
       "dyno=heroku.5.4f sample#memory_total=299.50MB sample#memory_rss=200.00MB "
       "sample#memory_quota=512.00MB\"}\n",
       {"web.1"},
       297.5 * kMiB},
      {"mprof",
       "CMDLINE ruby app.rb\nMEM 297.5 1772409600.0\nMEM 299.5 1772409660.0\n",
       {""},
       297.5 * kMiB},
      {"a control group with the time before it",
       "1772409600 312347810\n1772409660 314049353\n",
       {""},
       312347810},
      {"psrecord",
       "# Elapsed time   CPU (%)     Real (MB)   Virtual (MB)\n"
       "       0.000        0.000      297.500      915.000\n"
       "      60.000        1.000      299.500      915.000\n",
       {""},
       297.5e6,
       0},
  };
}

TEST(Layouts, EachIsReadAsWhatItIs) {
  for (const Layout& layout : layouts()) {
    const auto set = read_text_series(layout.text, {}, kNow);
    EXPECT_TRUE(set) << layout.what << ": " << set.error().message;
    if (!set) continue;
    std::vector<std::string> names;
    for (const MemorySeries& series : set->series) names.push_back(series.name);
    EXPECT_EQ(names, layout.names) << layout.what;
    const auto& samples = set->series.front().samples;
    EXPECT_GE(samples.size(), 2U) << layout.what;
    if (samples.size() < 2) continue;
    EXPECT_NEAR(samples[0].bytes, layout.first_bytes, 1) << layout.what;
    EXPECT_NEAR(samples[0].time, layout.first_time, 1e-3) << layout.what;
    EXPECT_NEAR(samples[1].time - samples[0].time, layout.gap, 1e-3) << layout.what;
  }
}

struct Refusal {
  std::string text;
  std::string reason;  // a part of the message
};

TEST(Layouts, WhatIsNoMemoryIsRefusedWithTheReason) {
  const std::vector<Refusal> refusals = {
      {"Timestamp,MemoryUtilization\n2026-03-02 00:00:00,29.1\n2026-03-02 00:01:00,29.2\n",
       "share"},
      {"time,memory\n2026-03-02 00:00:00,29.1%\n2026-03-02 00:01:00,29.2%\n", "share"},
      {"time,FreeableMemory\n2026-03-02 00:00:00,1687652189\n2026-03-02 00:01:00,1685950646\n",
       "free"},
      {"time,rss_pages\n2026-03-02 00:00:00,76256\n2026-03-02 00:01:00,76672\n", "count"},
      {"time,cpu\n2026-03-02 00:00:00,76256\n2026-03-02 00:01:00,76672\n", "processor"},
      {"time,heap_live_slots\n2026-03-02 00:00:00,476256\n2026-03-02 00:01:00,476672\n", "count"},
      {"1772409600 3 312347810 5 7\n1772409660 3 312347811 5 7\n", "which is the memory"},
      {"time,value\n2026-03-02 00:00:00,15.5\n2026-03-02 00:01:00,15.6\n", "in which unit"},
      {"time,rss_mb\n03/02/2026 00:00,300\n03/02/2026 00:01,301\n", "day first or month first"},
      {"time,rss_mb\n2026-03-02 00:00,300\n2026-03-02 00:00,410\n", "two values at one time"},
      {"app 4711 2.0 3.1 915081 305027 ? Sl 09:00 1:02 puma\n", "none says when"},
      {R"({"Label":"MemoryUtilization","Datapoints":[{"Timestamp":"2026-03-02T00:00:00Z","Average":31.0,"Unit":"Percent"}]})",
       "share"},
      {"nothing of interest\nin these lines\n", "neither"},
      {"{\"level\":\"info\",\"msg\":\"started\"}\n{\"level\":\"info\",\"msg\":\"stopped\"}\n",
       "no column"},
  };
  for (const Refusal& refusal : refusals) {
    const auto set = read_text_series(refusal.text, {}, kNow);
    EXPECT_FALSE(set) << refusal.text;
    if (set) continue;
    EXPECT_NE(set.error().message.find(refusal.reason), std::string::npos) << set.error().message;
  }
  std::string far = "time,rss_mb\n";
  for (int i = 0; i < 100; ++i) far += fmt::format("{},300\n", i * 60000);
  EXPECT_FALSE(read_text_series(far, {}, kNow));
}

TEST(Layouts, TheUserSaysWhatTheTableDoesNot) {
  const auto gb =
      read_text_series("time,value\n2026-03-02,15.5\n2026-03-03,15.6\n", {.unit = 1e9}, kNow);
  ASSERT_TRUE(gb);
  EXPECT_EQ(gb->series[0].samples[0].bytes, 15.5e9);
  const auto day = read_text_series("time,rss_mb\n03/02/2026 00:00,300\n04/02/2026 00:00,301\n",
                                    {.date_order = DateOrder::kDayFirst}, kNow);
  ASSERT_TRUE(day);
  EXPECT_EQ(day->series[0].samples[1].time - day->series[0].samples[0].time, 86400);
}

TEST(Layouts, ClocksThatAreSetBackLoseNothing) {
  std::string text = "time,rss_mb\n";
  for (int i = 0; i < 240; ++i) {
    const int minute = i < 120 ? i : i - 60;  // 01:00 to 02:59, then 02:00 once more
    text += fmt::format("2026-10-25 {:02}:{:02}:00,{}\n", 1 + minute / 60, minute % 60, 300 + i);
  }
  const auto set = read_text_series(text, {}, kNow);
  ASSERT_TRUE(set) << set.error().message;
  ASSERT_EQ(set->series[0].samples.size(), 240U);
  EXPECT_EQ(set->series[0].samples[239].time - set->series[0].samples[0].time, 239 * 60);
  EXPECT_EQ(set->notices.at(0).code, "clock_set_back");
}

// The order of columns and rows, the line ends and the zone are the writer's taste.
TEST(Layouts, TheReadingDoesNotGoByTheWriting) {
  const auto read = [](const std::string& text) {
    auto set = read_text_series(text, {}, kNow);
    EXPECT_TRUE(set) << (set ? "" : set.error().message);
    return set ? set->series.at(0).samples : std::vector<MemorySample>{};
  };
  const auto plain =
      read("time,rss_mb,host\n2026-03-02T00:00:00Z,300,a\n2026-03-02T00:01:00Z,301,a\n");
  for (const std::string& text : std::vector<std::string>{
           "host,rss_mb,time\na,300,2026-03-02T00:00:00Z\na,301,2026-03-02T00:01:00Z\n",
           "time,rss_mb,host\n2026-03-02T00:01:00Z,301,a\n2026-03-02T00:00:00Z,300,a\n",
           "\xEF\xBB\xBFtime,rss_mb,host\r\n2026-03-02T00:00:00Z,300,a\r\n2026-03-02T00:01:00Z,301,"
           "a\r\n",
           "time,rss_mb,host\n2026-03-02T02:00:00+02:00,300,a\n2026-03-01T19:01:00-05:00,301,a\n",
           "time,rss_kb,host\n1772409600,300000,a\n1772409660,301000,a\n",
           "time\trss (bytes)\thost\n1772409600000\t300000000\ta\n1772409660000\t301000000\ta\n"}) {
    const auto other = read(text);
    ASSERT_EQ(other.size(), plain.size()) << text;
    for (std::size_t i = 0; i < plain.size(); ++i) {
      EXPECT_EQ(other[i].time, plain[i].time) << text;
      EXPECT_EQ(other[i].bytes, plain[i].bytes) << text;
    }
  }
}

}  // namespace
}  // namespace tidemark
