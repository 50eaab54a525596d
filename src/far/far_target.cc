#include "far/far_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace tidemark {
namespace {

struct Scheme {
  std::string_view prefix;
  std::string_view form;
  Result<FarTarget> (*parse)(std::string_view rest, const Scheme& scheme);
};

std::unexpected<Error> wrong(const Scheme& scheme, std::string_view why) {
  return fail(ErrorCode::kUsage, fmt::format("'{}' cannot be read: {}", scheme.prefix, why),
              fmt::format("the form is {}", scheme.form));
}

// A word that programs would take for an option, or that is no name at all.
bool is_name(std::string_view word) {
  return !word.empty() && !word.starts_with('-') &&
         std::ranges::none_of(word, [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const std::size_t slash = text.find('/', from);
    parts.emplace_back(text.substr(from, slash - from));
    if (slash == std::string_view::npos) return parts;
    from = slash + 1;
  }
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoi(std::string(text)) <= 65535;
}

// "host:22" and "[::1]:22" in two; no port where none is given.
std::pair<std::string, std::optional<std::string>> split_port(std::string host) {
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : std::string::npos;
  if (bracket != std::string::npos) {
    std::string inside = host.substr(1, bracket - 1);
    if (bracket + 1 == host.size()) return {std::move(inside), std::nullopt};
    if (host[bracket + 1] != ':') return {"", std::nullopt};
    return {std::move(inside), host.substr(bracket + 2)};
  }
  const std::size_t colon = host.rfind(':');
  if (colon == std::string::npos) return {std::move(host), std::nullopt};
  return {host.substr(0, colon), host.substr(colon + 1)};
}

Result<FarTarget> parse_ssh(std::string_view rest, const Scheme& scheme) {
  const auto parts = split(rest);
  if (parts.size() > 2) return wrong(scheme, "it has too many parts");
  std::string host = parts[0];
  std::string user;
  if (const std::size_t at = host.rfind('@'); at != std::string::npos) {
    user = host.substr(0, at);
    host.erase(0, at + 1);
    if (!is_name(user)) return wrong(scheme, "the user has no name");
  }
  const auto [name, port] = split_port(host);
  if (!is_name(name)) return wrong(scheme, "the host has no name");
  if (port && !is_port(*port)) return wrong(scheme, fmt::format("'{}' is no port", *port));
  FarTarget target;
  target.program = {"ssh", "-T"};
  if (port) target.program.insert(target.program.end(), {"-p", *port});
  if (!user.empty()) target.program.insert(target.program.end(), {"-l", user});
  target.program.insert(target.program.end(), {"--", name});
  target.by_shell = true;
  target.process = parts.size() > 1 ? parts[1] : "";
  target.help = fmt::format("see whether `ssh {}` gets in by itself", name);
  return target;
}

// docker, podman and nerdctl are asked in the same words.
Result<FarTarget> parse_container(std::string_view rest, const Scheme& scheme) {
  const auto parts = split(rest);
  if (parts.size() > 2) return wrong(scheme, "it has too many parts");
  if (!is_name(parts[0])) return wrong(scheme, "the container has no name");
  const std::string program(scheme.prefix.substr(0, scheme.prefix.find(':')));
  FarTarget target;
  target.program = program == "compose"
                       ? std::vector<std::string>{"docker", "compose", "exec", "-T", parts[0]}
                       : std::vector<std::string>{program, "exec", "-i", parts[0]};
  target.process = parts.size() > 1 ? parts[1] : "";
  target.help = fmt::format(
      "see whether `{} sh -c true` works; an image without a shell can be "
      "looked into from its host: tidemark doctor there, as root",
      fmt::join(target.program, " "));
  return target;
}

Result<FarTarget> parse_kube(std::string_view rest, const Scheme& scheme) {
  std::string_view image;
  if (const std::size_t query = rest.find('?'); query != std::string_view::npos) {
    const std::string_view asked = rest.substr(query + 1);
    rest = rest.substr(0, query);
    if (!asked.starts_with("debug=") || !is_name(asked.substr(6))) {
      return wrong(scheme, fmt::format("'?{}' is not ?debug=IMAGE", asked));
    }
    image = asked.substr(6);
  }
  std::string_view cluster;
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    cluster = rest.substr(0, at);
    rest = rest.substr(at + 1);
    if (!is_name(cluster)) return wrong(scheme, "the context has no name");
  }
  auto parts = split(rest);
  if (parts.size() < 2 || parts.size() > 4) {
    return wrong(scheme, "it takes a namespace and a pod");
  }
  parts.resize(4);
  if (!is_name(parts[0]) || !is_name(parts[1]) || (!parts[2].empty() && !is_name(parts[2]))) {
    return wrong(scheme, "a part has no name");
  }
  FarTarget target;
  target.program = {"kubectl"};
  if (!cluster.empty()) target.program.push_back(fmt::format("--context={}", cluster));
  const auto add = [&](std::initializer_list<std::string> words) {
    target.program.insert(target.program.end(), words);
  };
  add({image.empty() ? "exec" : "debug", "-i", "-n", parts[0], parts[1]});
  if (!image.empty()) {
    if (parts[2].empty()) return wrong(scheme, "?debug= needs the container that it looks into");
    add({"-q", "--profile=sysadmin", fmt::format("--image={}", image),
         fmt::format("--target={}", parts[2])});
  } else if (!parts[2].empty()) {
    add({"-c", parts[2]});
  }
  add({"--"});
  target.process = parts[3];
  target.help =
      image.empty()
          ? "it takes the right to `create pods/exec` and a shell in the image; for an image "
            "without one, add ?debug=busybox: an ephemeral container beside it"
          : "it takes the right to `patch pods/ephemeralcontainers` and a policy that lets a "
            "container have SYS_PTRACE";
  return target;
}

Result<FarTarget> parse_heroku(std::string_view rest, const Scheme& scheme) {
  const auto parts = split(rest);
  if (parts.size() < 2 || parts.size() > 3) return wrong(scheme, "it takes an app and a dyno");
  if (!is_name(parts[0]) || !is_name(parts[1])) return wrong(scheme, "a part has no name");
  FarTarget target;
  target.program = {"heroku", "ps:exec", "--app", parts[0], "--dyno", parts[1]};
  target.by_shell = true;
  target.text_only = true;
  target.process = parts.size() > 2 ? parts[2] : "";
  target.help = fmt::format(
      "`heroku ps:exec --status --app {}` says whether dynos take "
      "connections; the first use in an app restarts all of its dynos",
      parts[0]);
  return target;
}

constexpr std::array kSchemes = {
    Scheme{"ssh://", "ssh://[USER@]HOST[:PORT]/PROCESS", parse_ssh},
    Scheme{"docker://", "docker://CONTAINER[/PROCESS]", parse_container},
    Scheme{"podman://", "podman://CONTAINER[/PROCESS]", parse_container},
    Scheme{"nerdctl://", "nerdctl://CONTAINER[/PROCESS]", parse_container},
    Scheme{"compose://", "compose://SERVICE[/PROCESS]", parse_container},
    Scheme{"kube://", "kube://[CONTEXT@]NAMESPACE/POD[/CONTAINER[/PROCESS]][?debug=IMAGE]",
           parse_kube},
    Scheme{"heroku://", "heroku://APP/DYNO[/PROCESS]", parse_heroku},
};

const Scheme* scheme_of(std::string_view word) {
  const auto found = std::ranges::find_if(
      kSchemes, [&](const Scheme& scheme) { return word.starts_with(scheme.prefix); });
  return found == kSchemes.end() ? nullptr : &*found;
}

}  // namespace

std::string FarTarget::with_process(std::string_view other) const {
  const std::size_t query = std::min(place.find('?'), place.size());
  std::string path = place.substr(0, query);
  if (path.starts_with("kube://")) {  // the container has a place of its own, though it is empty
    const auto slashes = std::ranges::count(std::string_view(path).substr(7), '/');
    if (slashes < 2) path += '/';
  }
  if (!path.ends_with("//") || path.ends_with("://")) path += '/';
  return fmt::format("{}{}{}", path, other, place.substr(query));
}

bool is_far_target(std::string_view word) { return scheme_of(word) != nullptr; }

std::string far_target_forms() {
  std::string text;
  for (const Scheme& scheme : kSchemes) text += fmt::format("{}\n", scheme.form);
  return text;
}

Result<FarTarget> parse_far_target(std::string_view word) {
  const Scheme* const scheme = scheme_of(word);
  if (scheme == nullptr) {
    return fail(ErrorCode::kUsage, fmt::format("'{}' names no place that can be reached", word));
  }
  auto target = scheme->parse(word.substr(scheme->prefix.size()), *scheme);
  if (!target) return target;
  if (target->process.starts_with('-')) return wrong(*scheme, "a process cannot begin with '-'");
  const std::string_view process = target->process;
  target->place = word;
  if (!process.empty()) {
    const std::size_t at = target->place.rfind(fmt::format("/{}", process));
    target->place.erase(at, process.size() + 1);
  }
  return target;
}

}  // namespace tidemark
