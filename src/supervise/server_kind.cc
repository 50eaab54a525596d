#include "supervise/server_kind.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <string>
#include <string_view>

#include "host/process_name.h"

namespace tidemark {
namespace {

std::string title_of(const ProcessInfo& process) {
  std::string title;
  for (const std::string& argument : process.arguments) {
    if (!title.empty()) title += ' ';
    title += argument;
  }
  return title;
}

bool is_node(const ProcessInfo& process) {
  return goes_by(process, "node") || goes_by(process, "nodejs") || process.command == "node" ||
         process.command.starts_with("PM2");
}

// Does its title say that it is a worker, as these servers' do?
bool is_titled_worker(const std::string& title) {
  return title.starts_with("puma: cluster worker") ||
         (title.starts_with("unicorn") && title.find("worker[") != std::string::npos) ||
         (title.starts_with("pitchfork") && title.find("worker[") != std::string::npos) ||
         title.starts_with("gunicorn: worker");
}

bool is_worker(const ProcessInfo& process, const ProcessInfo& parent,
               const std::function<bool(int, const char*)>& has_variable) {
  const std::string title = title_of(process);
  if (is_titled_worker(title)) return true;
  // Without the setproctitle module gunicorn's workers look like their master.
  if (kind_of_server(parent) == ServerKind::kGunicorn && title == title_of(parent)) return true;
  return is_node(process) && is_node(parent) && has_variable(process.pid, "NODE_UNIQUE_ID");
}

}  // namespace

const char* server_name(ServerKind kind) {
  switch (kind) {
    case ServerKind::kPuma:
      return "Puma";
    case ServerKind::kUnicorn:
      return "unicorn";
    case ServerKind::kPitchfork:
      return "pitchfork";
    case ServerKind::kGunicorn:
      return "gunicorn";
    case ServerKind::kThin:
      return "thin";
    case ServerKind::kNode:
      return "Node.js";
    case ServerKind::kOther:
      return "the server";
  }
  return "";
}

int graceful_signal(ServerKind kind) {
  switch (kind) {
    case ServerKind::kUnicorn:
    case ServerKind::kPitchfork:
    case ServerKind::kThin:
      return SIGQUIT;
    case ServerKind::kPuma:
    case ServerKind::kGunicorn:
    case ServerKind::kNode:
    case ServerKind::kOther:
      return SIGTERM;
  }
  return SIGTERM;
}

ServerKind kind_of_server(const ProcessInfo& process) {
  const std::string title = title_of(process);
  const auto is = [&](const char* name) {
    return goes_by(process, name) || title.starts_with(name);
  };
  if (is("puma")) return ServerKind::kPuma;
  if (is("unicorn") || is("unicorn_rails")) return ServerKind::kUnicorn;
  if (is("pitchfork")) return ServerKind::kPitchfork;
  if (is("gunicorn")) return ServerKind::kGunicorn;
  if (is("thin")) return ServerKind::kThin;
  if (is_node(process)) return ServerKind::kNode;
  return ServerKind::kOther;
}

Cluster find_cluster(const std::vector<ProcessInfo>& processes,
                     const std::function<bool(int, const char*)>& has_variable) {
  std::map<int, const ProcessInfo*> by_pid;
  for (const ProcessInfo& process : processes) by_pid[process.pid] = &process;
  Cluster cluster;
  for (const ProcessInfo& process : processes) {
    const auto parent = by_pid.find(process.parent);
    if (parent == by_pid.end() || !is_worker(process, *parent->second, has_variable)) continue;
    if (cluster.master == 0) {
      cluster.master = process.parent;
      cluster.kind = kind_of_server(*parent->second);
      if (cluster.kind == ServerKind::kOther) cluster.kind = kind_of_server(process);
    }
    if (process.parent == cluster.master) cluster.workers.push_back(process.pid);
  }
  return cluster;
}

bool has_variable(int pid, const char* name) {
  const std::string environment = read_proc(this_machine(), pid, "environ");
  const std::string wanted = std::string(name) + "=";
  return environment.starts_with(wanted) ||
         environment.find(std::string(1, '\0') + wanted) != std::string::npos;
}

}  // namespace tidemark
