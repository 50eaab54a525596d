#include "far/far_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <zlib.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include "far/channel.h"
#include "far/far_script.h"
#include "far/far_side.h"
#include "far/frames.h"
#include "transfer/s3/sigv4.h"

namespace tidemark {
namespace {

std::string random_token() {
  std::array<unsigned char, 16> bytes{};
  // It cannot fail for so few bytes once the machine is up.
  if (::getrandom(bytes.data(), bytes.size(), 0) < 0) bytes.fill('x');
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

Result<std::string> gzipped(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return fail(ErrorCode::kIo, "zlib refuses to compress");
  }
  std::string packed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int done = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (done != Z_STREAM_END) return fail(ErrorCode::kIo, "zlib did not come to its end");
  return packed;
}

// This program, or for another architecture the one beside it.
Result<std::string> program_for(const std::string& architecture) {
  std::error_code failed;
  std::filesystem::path path = "/proc/self/exe";
  utsname here{};
  ::uname(&here);
  if (architecture != here.machine) {
    path = std::filesystem::read_symlink(path, failed).parent_path() /
           fmt::format("tidemark-{}", architecture);
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (!file || !(bytes << file.rdbuf())) {
    return fail(
        ErrorCode::kUnsupported,
        fmt::format("the far side is {}, and this program is for {}", architecture, here.machine),
        fmt::format("put a tidemark for it there: {}", path.string()));
  }
  return std::move(bytes).str();
}

// The end of what the far side and the program between said: the last lines, without controls.
std::string last_words(std::string_view text) {
  std::string words;
  for (const char c : text.substr(text.size() > 400 ? text.size() - 400 : 0)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte != 0x7f)
      words += c;
    else if (!words.empty() && words.back() != ' ')
      words += ' ';
  }
  while (words.ends_with(' ')) words.pop_back();
  return words;
}

class FarRun {
 public:
  FarRun(const FarRequest& request, const FarListener& listener, Monitor& monitor)
      : request_(request),
        target_(request.target),
        listener_(listener),
        monitor_(monitor),
        reader_(target_.text_only) {}

  Result<FarEnd> run() {
    auto started = FarChannel::start(command());
    if (!started) return std::unexpected(started.error());
    FarChannel channel(*std::move(started));
    const auto hello = await_hello(channel);
    if (!hello) return std::unexpected(hello.error());
    if (auto sent = send_program(channel, *hello); !sent) return std::unexpected(sent.error());
    return follow(channel);
  }

 private:
  [[nodiscard]] std::vector<std::string> command() const {
    std::vector<std::string> words = target_.program;
    const std::string script = far_script(random_token(), target_.text_only);
    if (target_.by_shell) {
      words.push_back(fmt::format("sh -c '{}'", script));
    } else {
      words.insert(words.end(), {"sh", "-c", script});
    }
    return words;
  }

  // What stopped, what was said there, and what would help.
  std::unexpected<Error> refused(FarChannel& channel, std::string_view step) {
    while (true) {  // the last words may still be on their way
      const auto open = channel.receive(monitor_);
      if (!open || !*open) break;
    }
    const int code = channel.end();
    std::string words = last_words(channel.errors);
    if (words.empty()) words = last_words(channel.output);
    return fail(ErrorCode::kIo,
                fmt::format("{}: {}: {} ended with {}{}{}", target_.place, step, target_.program[0],
                            code, words.empty() ? "" : ", saying: ", words),
                target_.help);
  }

  // "x86_64 gzip", once the shell there is ready. What a login script prints before is passed over.
  Result<std::string> await_hello(FarChannel& channel) {
    monitor_.begin_phase(fmt::format("reaching {}", target_.place), 0);
    const std::string_view hello = kFarHello;
    for (;;) {
      const std::size_t at = channel.output.find(hello);
      const std::size_t end = at == std::string::npos ? at : channel.output.find('\n', at);
      if (end != std::string::npos) {
        std::string said = channel.output.substr(at + hello.size(), end - at - hello.size());
        channel.output.erase(0, end + 1);
        if (said.ends_with('\r')) said.pop_back();
        if (!said.starts_with("refused ")) return said;
        return fail(ErrorCode::kUnsupported, fmt::format("{}: {}", target_.place, said.substr(8)),
                    "a writable volume without noexec, at /tmp or /dev/shm, would do");
      }
      if (channel.output.size() > (std::size_t{1} << 20)) return refused(channel, "no answer");
      const auto open = channel.receive(monitor_);
      if (!open) return std::unexpected(open.error());
      if (!*open) return refused(channel, "no shell was reached there");
    }
  }

  Result<void> send_program(FarChannel& channel, const std::string& hello) {
    const std::size_t space = hello.find(' ');
    auto program = program_for(hello.substr(0, space));
    if (!program) return std::unexpected(program.error());
    const std::string hash = sha256_hex(*program);
    if (space != std::string::npos && hello.substr(space + 1) == "gzip") {
      auto packed = gzipped(*program);
      if (!packed) return std::unexpected(packed.error());
      program = *std::move(packed);
    }
    if (target_.text_only) program = to_base64(*program);
    std::string words;
    for (const std::string& word : request_.arguments) (words += word) += '\0';
    const std::string first = fmt::format("{} {}\n", program->size(), hash);
    const std::string last = pack_frame(FrameKind::kArguments, words, target_.text_only);
    monitor_.begin_phase(fmt::format("sending tidemark to {}", target_.place), program->size());
    if (auto sent = channel.send(first, monitor_); !sent) return lost(channel, sent.error());
    constexpr std::size_t kPiece = 65'536;
    for (std::size_t at = 0; at < program->size(); at += kPiece) {
      const auto piece = std::string_view(*program).substr(at, kPiece);
      if (auto sent = channel.send(piece, monitor_); !sent) return lost(channel, sent.error());
      monitor_.advance(at + piece.size());
    }
    if (auto sent = channel.send(last, monitor_); !sent) return lost(channel, sent.error());
    end_.sent_bytes = first.size() + program->size() + last.size();
    return {};
  }

  std::unexpected<Error> lost(FarChannel& channel, const Error& error) {
    if (error.code == ErrorCode::kCancelled) return std::unexpected(error);
    return refused(channel, "the program could not be sent");
  }

  Result<FarEnd> follow(FarChannel& channel) {
    monitor_.begin_phase(fmt::format("reading from {}", target_.place), 0);
    for (;;) {
      end_.received_bytes += channel.output.size();
      reader_.add(channel.output);
      channel.output.clear();
      const auto ended = take_frames();
      if (!ended) return std::unexpected(ended.error());
      monitor_.advance(end_.received_bytes);
      if (*ended) return end_;
      const auto open = channel.receive(monitor_);
      if (!open) return std::unexpected(open.error());
      if (!*open && channel.output.empty()) {
        return refused(channel, "the connection ended before the command did");
      }
    }
  }

  // True when the last one was among them.
  Result<bool> take_frames() {
    for (;;) {
      auto next = reader_.next();
      if (!next) return std::unexpected(next.error());
      if (!*next) return false;
      const Frame& frame = **next;
      if (frame.kind == FrameKind::kOutput) {
        if (auto taken = listener_.output(frame.bytes); !taken) {
          return std::unexpected(taken.error());
        }
      } else if (frame.kind == FrameKind::kError) {
        listener_.error(frame.bytes);
      } else if (frame.kind == FrameKind::kEnd) {
        end_.exit_code = std::atoi(frame.bytes.c_str());
        return true;
      }
    }
  }

  const FarRequest& request_;
  const FarTarget& target_;
  const FarListener& listener_;
  Monitor& monitor_;
  FrameReader reader_;
  FarEnd end_;
};

}  // namespace

Result<FarEnd> run_far(const FarRequest& request, const FarListener& listener, Monitor& monitor) {
  return FarRun(request, listener, monitor).run();
}

}  // namespace tidemark
