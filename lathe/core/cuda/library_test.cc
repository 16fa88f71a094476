// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/library.h"

#include <gtest/gtest.h>

#include "lathe/core/cuda/discover.h"
#include "lathe/core/cuda/driver.h"
#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

using testing::code_of;
using testing::error_of;
using testing::TempDir;

TEST(CudaLibrary, OpensTheFirstNameThatExists) {
  const auto library = Library::open({"libthere_is_none.so.9", "libm.so.6"}, {});
  EXPECT_NE(library->path().find("libm.so.6"), std::string::npos) << library->path();
  double (*root)(double) = nullptr;
  library->bind(root, "sqrt");
  EXPECT_EQ(root(9), 3);
  EXPECT_EQ(library->find("no_such_function_of_it"), nullptr);
}

TEST(CudaLibrary, AMissingFunctionIsNamedWithItsLibrary) {
  const auto library = Library::open({"libm.so.6"}, {});
  double (*function)(double) = nullptr;
  const auto bind = [&] { library->bind(function, "no_such_function_of_it"); };
  const std::string message = error_of(bind);
  EXPECT_EQ(message.find(library->path() + " has no function no_such_function_of_it"), 0u)
      << message;
  EXPECT_EQ(code_of(bind), ErrorCode::kUnavailable);
}

TEST(CudaLibrary, WhatIsNotFoundNamesEveryPlaceAndTheFlag) {
  const TempDir dir;
  const LibrarySearch search{.directory = dir.path()};
  const auto open = [&] { Library::open({"libthere_is_none.so.9", "libnor_this.so"}, search); };
  const std::string message = error_of(open);
  EXPECT_EQ(message.find("library libthere_is_none.so.9 or libnor_this.so not found in the "
                         "loader's path, " +
                         dir.path().string()),
            0u)
      << message;
  EXPECT_NE(message.find("--cuda-libraries DIR"), std::string::npos) << message;
  EXPECT_EQ(code_of(open), ErrorCode::kUnavailable);
}

// The folder itself, components of a `site-packages/nvidia` folder, and an environment's wheels.
TEST(CudaLibrary, LooksIntoAFoldersWheelsFirst) {
  const TempDir dir;
  namespace fs = std::filesystem;
  fs::create_directories(dir.path() / "cublas" / "lib");
  fs::create_directories(dir.path() / "lib" / "python3.11" / "site-packages" / "nvidia" /
                         "cuda_nvrtc" / "lib");
  fs::create_directories(dir.path() / "lib" / "ruby" / "site-packages" / "nvidia" / "x" / "lib");
  const std::vector<fs::path> folders = library_folders({.directory = dir.path()});
  ASSERT_GE(folders.size(), 3u);
  EXPECT_EQ(folders[0], dir.path());
  EXPECT_EQ(folders[1], dir.path() / "cublas" / "lib");
  EXPECT_EQ(folders[2],
            dir.path() / "lib" / "python3.11" / "site-packages" / "nvidia" / "cuda_nvrtc" / "lib");
  for (const fs::path& folder : folders) {
    EXPECT_EQ(folder.string().find("ruby"), std::string::npos) << folder;
  }
}

// A file of the driver's name that is no library must not end the search with a crash.
TEST(CudaLibrary, AFileThatIsNoLibraryIsPassedOver) {
  const TempDir dir;
  dir.write("libthere_is_none.so.9", "not a library");
  const LibrarySearch search{.directory = dir.path()};
  EXPECT_NE(Library::open({"libthere_is_none.so.9", "libm.so.6"}, search), nullptr);
}

TEST(CudaLibrary, WhatIsThereAndCannotBeLoadedSaysWhy) {
  const TempDir dir;
  const std::string file = dir.write("libthere_is_none.so.9", "not a library").string();
  const auto open = [&] { Library::open({"libthere_is_none.so.9"}, {.directory = dir.path()}); };
  EXPECT_EQ(error_of(open), cat("library libthere_is_none.so.9 cannot be loaded: ", file,
                                ": file too short; name the folder of another with "
                                "--cuda-libraries DIR"));
  EXPECT_EQ(code_of(open), ErrorCode::kUnavailable);
}

TEST(CudaDiscovery, TheCpuIsAlwaysThereAndAMissingGpuHasAReason) {
  const Discovery found = discover_devices();
  ASSERT_FALSE(found.devices.empty());
  EXPECT_EQ(found.devices[0].kind, DeviceKind::kCpu);
  EXPECT_EQ(found.devices.size() == 1, !found.no_gpu_reason.empty());
  const std::string text = describe_devices(found);
  if (found.devices.size() > 1) GTEST_SKIP() << "this machine has a GPU";
  EXPECT_NE(text.find("cuda: none: " + found.no_gpu_reason + "\n"), std::string::npos) << text;
  EXPECT_EQ(code_of([] { load_driver(); }), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace lathe::cuda
