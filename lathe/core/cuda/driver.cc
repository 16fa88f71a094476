// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/driver.h"

#include "lathe/base/error.h"
#include "lathe/base/log.h"

namespace lathe::cuda {
namespace {
constexpr int kOldestDriver = 12000;  // libraries, launch attributes and tensor maps
}

std::string Driver::describe(Result result) const {
  const char* name = nullptr;
  const char* text = nullptr;
  cuGetErrorName(result, &name);
  cuGetErrorString(result, &text);
  return cat(name == nullptr ? "unknown error" : name, " (", result, ")",
             text == nullptr ? "" : cat(": ", text));
}

std::shared_ptr<const Driver> load_driver(const LibrarySearch& search) {
  auto driver = std::make_shared<Driver>();
  driver->library = Library::open({"libcuda.so.1"}, search);
#define LATHE_DRIVER_BIND(name, arguments) driver->library->bind(driver->name, #name);
  driver->library->bind(driver->cuDriverGetVersion, "cuDriverGetVersion");
  if (driver->cuDriverGetVersion(&driver->version) == 0 && driver->version < kOldestDriver) {
    fail(ErrorCode::kUnavailable, "the CUDA driver ", driver->library->path(), " is version ",
         driver->version / 1000, ".", driver->version % 1000 / 10, ", Lathe needs ",
         kOldestDriver / 1000, ".0 or newer: update the driver");
  }
  LATHE_CUDA_DRIVER(LATHE_DRIVER_BIND)
#undef LATHE_DRIVER_BIND
  const Result result = driver->cuInit(0);
  if (result != 0) {
    fail(ErrorCode::kUnavailable, "cuInit: ", driver->describe(result),
         "; check nvidia-smi and CUDA_VISIBLE_DEVICES");
  }
  log(LogLevel::kInfo,
      cat("cuda driver path=", driver->library->path(), " version=", driver->version));
  return driver;
}

}  // namespace lathe::cuda
