#include "supervise/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace tidemark {
namespace {

std::string status_text(const PoolContext& context, const RenderStatus& render,
                        std::string_view format) {
  return render ? render(status_of(context), format) : std::string();
}

// Over HTTP; what follows the first line is not needed.
void answer_http(const PoolContext& context, const ChannelLine& line, const RenderStatus& render) {
  if (!line.text.starts_with("GET ")) return;
  const bool known = line.text.starts_with("GET /metrics") || line.text.starts_with("GET / ");
  const std::string body = known ? status_text(context, render, "metrics") : std::string();
  context.world.channel.send(
      line.connection, fmt::format("HTTP/1.1 {}\r\nContent-Type: text/plain; version=0.0.4\r\n"
                                   "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                                   known ? "200 OK" : "404 Not Found", body.size(), body));
  context.world.channel.finish(line.connection);
}

// The worker that a process belongs to, by its ancestors.
Member* member_of(const PoolContext& context, int pid) {
  constexpr int kMostAncestors = 32;
  for (int steps = 0; pid > 1 && steps < kMostAncestors; ++steps) {
    for (Member& member : context.pool.members) {
      if (member.view.pid == pid ||
          std::find(member.servers.begin(), member.servers.end(), pid) != member.servers.end()) {
        return &member;
      }
    }
    const auto process = context.world.processes.read(pid);
    if (!process || pid == context.world.processes.own_pid()) return nullptr;
    pid = process->parent;
  }
  return nullptr;
}

void read_numbers(std::string_view text, AppReport& report) {
  for (const auto& [name, number] : {std::pair{std::string_view("served="), &report.served},
                                     std::pair{std::string_view("busy="), &report.busy},
                                     std::pair{std::string_view("waiting="), &report.waiting},
                                     std::pair{std::string_view("lag="), &report.lag}}) {
    const std::size_t at = text.find(name);
    if (at == std::string_view::npos) continue;
    std::from_chars(text.data() + at + name.size(), text.data() + text.size(), *number);
  }
}

void take_report(const PoolContext& context, const ChannelLine& line, Member* member) {
  WorkerPool& pool = context.pool;
  AppReport& report = (member != nullptr ? member->reports : pool.other_reports)[line.connection];
  report.pid = line.pid;
  if (line.text.starts_with("hello")) {
    if (pool.known.ending) {
      context.world.channel.send(line.connection, "finish\n");
    } else if (member != nullptr && member->view.phase == WorkerPhase::kDraining) {
      context.world.channel.send(line.connection, "drain\n");
    }
  } else if (line.text == "draining") {
    report.drains = true;
  } else if (line.text.starts_with("stats ")) {
    read_numbers(line.text, report);
  }
  if (member != nullptr) sum_reports(*member, context.now());
}

void take_line(const PoolContext& context, const ChannelLine& line, const RenderStatus& render) {
  constexpr std::string_view kStatus = "status ";
  WorldChannel& channel = context.world.channel;
  if (line.pid == 0) {
    answer_http(context, line, render);
    return;
  }
  if (line.text.starts_with(kStatus)) {
    channel.send(line.connection, status_text(context, render, line.text.substr(kStatus.size())));
    channel.finish(line.connection);
    return;
  }
  Member* member = member_of(context, line.pid);
  if (line.text != "socket") {
    take_report(context, line, member);
  } else if (member != nullptr && context.pool.socket.inode != 0) {
    channel.send_listener(line.connection);
  } else {
    channel.finish(line.connection);
  }
}

void connection_closed(const PoolContext& context, int connection) {
  context.pool.other_reports.erase(connection);
  for (Member& member : context.pool.members) {
    const auto report = member.reports.find(connection);
    if (report == member.reports.end()) continue;
    member.served_before += report->second.served;
    member.reports.erase(report);
    sum_reports(member, context.now());
  }
}

}  // namespace

void take_messages(const PoolContext& context, const RenderStatus& render) {
  std::vector<int> closed;
  for (const ChannelLine& line : context.world.channel.receive(closed)) {
    take_line(context, line, render);
  }
  for (const int connection : closed) connection_closed(context, connection);
}

}  // namespace tidemark
