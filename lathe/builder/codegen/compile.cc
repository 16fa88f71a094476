// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/compile.h"

#include <algorithm>
#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/base/log.h"
#include "lathe/base/process.h"
#include "lathe/base/thread_pool.h"
#include "lathe/builder/codegen/code_cache.h"
#include "lathe/builder/codegen/scratch_folder.h"

namespace lathe::builder {

namespace {

namespace fs = std::filesystem;

// What NVRTC takes of memory, times this, is the build's share of a small machine.
constexpr int kMostWorkers = 8;

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Job {
  std::string key;
  const cuda::CompileRequest* request;
  std::string cubin = {};
};

// Tells of finished jobs, whatever thread they end on.
class Announcer {
 public:
  Announcer(const CompileOptions& options, size_t total)
      : progress_(options.progress), total_(static_cast<int>(total)) {}
  void done(std::string_view name) {
    const std::lock_guard lock(mutex_);
    ++done_;
    if (progress_) progress_(done_, total_, name);
  }

 private:
  const std::function<void(int, int, std::string_view)>& progress_;
  std::mutex mutex_;
  int total_, done_ = 0;
};

constexpr std::string_view kAnotherFolder = "; TMPDIR names another folder for temporary files";

// Into the scratch folder. Throws kUnavailable with the way out.
void write_temporary(const fs::path& path, std::string_view bytes) {
  try {
    write_file(path, bytes);
  } catch (const Error& error) {
    fail(error.code(), error.message(), kAnotherFolder);
  }
}

// Why a worker's log is empty: a full disk takes no log either.
std::string reason_of_silence(const fs::path& log) {
  constexpr size_t kMoreThanALog = 64 << 10;
  try {
    write_temporary(log, std::string(kMoreThanALog, ' '));
  } catch (const Error& error) {
    return error.message();
  }
  return "it did not say why";
}

// The last line of a worker's log is its error; what a compiler says of a file has the word within.
std::string reason_in(const fs::path& log) {
  std::string text = cat("\n", read_file(log));
  const size_t error = text.rfind("\nerror: ");
  if (error != std::string::npos) text.erase(0, error + 8);
  text = trim(text);
  if (text.empty()) return reason_of_silence(log);
  const bool of_its_files = text.find(log.parent_path().string()) != std::string::npos;
  return of_its_files ? cat(text, kAnotherFolder) : text;
}

[[noreturn]] void fail_of_worker(const Job& job, int exit_code, const fs::path& log) {
  constexpr int kDeviceOrMemory = 4, kSignalled = 128;  // of `lathe`, and of run_program
  const std::string who = cat("kernel ", job.request->name, ": its compiler ");
  if (exit_code == kSignalled + SIGKILL) {
    fail(ErrorCode::kOutOfMemory, who, "was killed by signal ", SIGKILL,
         " (out of memory?); build again with more memory free");
  }
  if (exit_code > kSignalled) {
    fail(ErrorCode::kInternal, who, "was ended by signal ", exit_code - kSignalled);
  }
  fail(exit_code == kDeviceOrMemory ? ErrorCode::kUnavailable : ErrorCode::kInternal, who,
       "ended with ", exit_code, ": ", reason_in(log));
}

void compile_in_worker(Job& job, const CompileOptions& options, const fs::path& folder) {
  const std::string name = job.key.substr(job.key.rfind('/') + 1);
  const fs::path request = folder / (name + ".json"), cubin = folder / (name + ".cubin"),
                 log = folder / (name + ".log");
  with_context(cat("kernel ", job.request->name),
               [&] { write_temporary(request, to_json(*job.request).dump()); });
  std::vector<std::string> arguments = {"compile", request.string(), "--output", cubin.string()};
  if (!options.libraries.directory.empty()) {
    arguments.insert(arguments.end(), {"--cuda-libraries", options.libraries.directory.string()});
  }
  const int exit_code = run_program(options.compiler, arguments, log);
  if (exit_code != 0) fail_of_worker(job, exit_code, log);
  job.cubin = read_file(cubin);
}

int worker_count(const CompileOptions& options, size_t jobs) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const int wanted = options.workers > 0 ? options.workers : std::min(cores, kMostWorkers);
  return std::clamp(wanted, 1, static_cast<int>(jobs));
}

// Keeps code as soon as it is there, so that a build that is ended goes on where it was. A cache
// that cannot be written costs the next build its time, not this one its work. Any thread.
class Keeper {
 public:
  explicit Keeper(const CodeCache& cache) : cache_(cache) {}

  void keep(const Job& job) {
    std::string lost;
    try {
      cache_.put(job.key, job.cubin);
    } catch (const Error& error) {
      lost = error.message();
    }
    const std::lock_guard lock(mutex_);
    ++num_jobs_;
    if (lost.empty()) return;
    ++num_lost_;
    if (reason_.empty()) reason_ = lost;
  }
  void warn_of_losses() const {
    if (num_lost_ == 0) return;
    log(LogLevel::kWarn, cat(num_lost_, " of ", num_jobs_,
                             " compiled kernels are not kept for the next build: ", reason_));
  }

 private:
  const CodeCache& cache_;
  std::mutex mutex_;
  int num_jobs_ = 0, num_lost_ = 0;
  std::string reason_;  // of the first
};

// Compiles what the cache does not have.
void compile_missing(std::vector<Job>& jobs, const CompileOptions& options,
                     const cuda::Nvrtc& nvrtc, Keeper& keeper) {
  Announcer announcer(options, jobs.size());
  const auto done = [&](const Job& job) {
    keeper.keep(job);
    announcer.done(job.request->name);
  };
  if (options.compiler.empty()) {
    for (Job& job : jobs) {
      job.cubin = text_of(nvrtc.compile(*job.request).cubin);
      done(job);
    }
    return;
  }
  const ScratchFolder folder;
  ThreadPool pool(worker_count(options, jobs.size()));
  pool.run(jobs.size(), [&](size_t i) {
    compile_in_worker(jobs[i], options, folder.path());
    done(jobs[i]);
  });
}

}  // namespace

engine::DeviceCode compile_all(const CompileRequests& requests, const CompileOptions& options) {
  const cuda::Nvrtc nvrtc = cuda::Nvrtc::open(options.libraries);
  engine::DeviceCode out;
  out.compiler = cat("NVRTC ", nvrtc.version());
  const CodeCache cache(options.cache, out.compiler);
  std::vector<Job> missing;
  for (const auto& [key, request] : requests) {
    if (std::optional<std::string> known = cache.find(key)) {
      out.cubins[key] = std::move(*known);
    } else {
      missing.push_back({key, &request});
    }
  }
  Keeper keeper(cache);
  if (!missing.empty()) compile_missing(missing, options, nvrtc, keeper);
  keeper.warn_of_losses();
  for (Job& job : missing) out.cubins[job.key] = std::move(job.cubin);
  return out;
}

void compile_file(const fs::path& request, const fs::path& cubin,
                  const cuda::LibrarySearch& libraries) {
  const auto parsed = with_context(request.string(), [&] {
    return from_json<cuda::CompileRequest>(Json::parse(read_file(request), "request"));
  });
  write_file(cubin, text_of(cuda::Nvrtc::open(libraries).compile(parsed).cubin));
}

}  // namespace lathe::builder
