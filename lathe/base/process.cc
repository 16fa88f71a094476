// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "lathe/base/error.h"

namespace lathe {

namespace {

// Where the program's standard streams go.
class Streams {
 public:
  explicit Streams(const std::filesystem::path& log) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  }
  ~Streams() { posix_spawn_file_actions_destroy(&actions_); }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

int wait_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr int kSignalled = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

}  // namespace

int run_program(const std::filesystem::path& program, std::span<const std::string> arguments,
                const std::filesystem::path& log) {
  std::string name = program.string();
  std::vector<std::string> words(arguments.begin(), arguments.end());
  std::vector<char*> pointers = {name.data()};
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const Streams streams(log);
  pid_t process = 0;
  const int error =
      posix_spawn(&process, name.c_str(), streams.get(), nullptr, pointers.data(), environ);
  if (error != 0) {
    fail(ErrorCode::kUnavailable, name, ": cannot be started: ", std::strerror(error));
  }
  return wait_for(process);
}

}  // namespace lathe
