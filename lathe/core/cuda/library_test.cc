// SPDX-License-Identifier: Apache-2.0
// Where libraries are looked for, and what is said of those that are missing, old or broken.
#include "lathe/core/cuda/library.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lathe/core/cuda/discover.h"
#include "lathe/core/cuda/driver.h"
#include "tests/support/temp_dir.h"

namespace lathe::cuda {
namespace {

namespace fs = std::filesystem;
using testing::error_code_from;
using testing::error_of;
using testing::TempDir;

// Copies: the loader takes two links to one file for the same library.
fs::path put(const TempDir& temp, std::string_view library, std::string_view name) {
  const fs::path path = temp.path() / name;
  fs::create_directories(path.parent_path());
  fs::copy_file(library, path);
  return path;
}

std::vector<fs::path> folders_below(const fs::path& root) {
  std::vector<fs::path> out = library_folders({.directory = root});
  std::erase_if(
      out, [&](const fs::path& folder) { return !folder.string().starts_with(root.string()); });
  return out;
}

TEST(LibraryFolders, AnExplicitOneComesFirst) {
  const TempDir temp;
  EXPECT_EQ(library_folders({.directory = temp.path()}).front(), temp.path());
}

TEST(LibraryFolders, AreThoseOfWheelsToo) {
  const TempDir temp;
  for (const char* folder :
       {"cuda_nvrtc/lib", "cublas/lib", "cublas/include",
        "lib/python3.11/site-packages/nvidia/cu13/lib",
        "lib/python3.11/dist-packages/nvidia/cudnn/lib", "lib/ruby/nvidia/x/lib"}) {
    fs::create_directories(temp.path() / folder);
  }
  const fs::path root = temp.path(), python = root / "lib/python3.11";
  EXPECT_EQ(folders_below(root),
            (std::vector<fs::path>{root, root / "cublas/lib", root / "cuda_nvrtc/lib",
                                   python / "site-packages/nvidia/cu13/lib",
                                   python / "dist-packages/nvidia/cudnn/lib"}));
}

TEST(LibraryFolders, ThatDoNotExistAreLeftOut) {
  const TempDir temp;
  EXPECT_EQ(folders_below(temp.path() / "missing"), std::vector<fs::path>());
  temp.write("file", "no folder");
  EXPECT_EQ(folders_below(temp.path() / "file"), std::vector<fs::path>());
}

TEST(Library, IsFoundInTheFolderOfTheCommand) {
  const TempDir temp;
  const fs::path path = put(temp, LATHE_FAKE_CUDA_12, "nvidia_cu12/lib/libnvrtc.so.12");
  const auto library =
      Library::open({"libnvrtc.so.13", "libnvrtc.so.12"}, {.directory = temp.path()});
  EXPECT_EQ(library->path(), path.string());
  EXPECT_NE(library->find("nvrtcVersion"), nullptr);
  EXPECT_EQ(library->find("nvrtcNoSuchThing"), nullptr);
}

TEST(Library, FunctionsThatAreMissingAreNamedWithTheFile) {
  const TempDir temp;
  const fs::path path = put(temp, LATHE_FAKE_CUDA_12, "libx.so");
  const auto library = Library::open({"libx.so"}, {.directory = temp.path()});
  int (*function)(int*) = nullptr;
  library->bind(function, "cuDriverGetVersion");
  int version = 0;
  EXPECT_EQ(function(&version), 0);
  EXPECT_EQ(version, 12080);
  EXPECT_EQ(
      error_of([&] { library->bind(function, "cuNoSuchThing"); }),
      cat(path.string(), " has no function cuNoSuchThing: it is older than this program needs",
          " (CUDA 12.0)"));
}

TEST(Library, ThatIsNowhereIsRefusedWithNamesAndPlaces) {
  const TempDir temp;
  temp.write("liblathe_missing_a.so", "no library at all");
  const auto open = [&] {
    (void)Library::open({"liblathe_missing_a.so", "liblathe_missing_b.so"},
                        {.directory = temp.path()});
  };
  const std::string message = error_of(open);
  EXPECT_TRUE(message.starts_with(
      cat("library liblathe_missing_a.so or liblathe_missing_b.so not found in the loader's path, ",
          temp.path().string())))
      << message;
  EXPECT_TRUE(message.ends_with("; name its folder with --cuda-libraries DIR")) << message;
  EXPECT_EQ(error_code_from(open), ErrorCode::kUnavailable);
}

TEST(Driver, OfAnOldCudaIsRefusedWithItsVersion) {
  const TempDir temp;
  const fs::path path = put(temp, LATHE_FAKE_CUDA_11, "libcuda.so.1");
  EXPECT_EQ(error_of([&] { load_driver({.directory = temp.path()}); }),
            cat("the CUDA driver ", path.string(),
                " is version 11.8, Lathe needs 12.0 or newer: ", "update the driver"));
}

TEST(Driver, WithoutItsFunctionsIsRefused) {
  const TempDir temp;
  const fs::path path = put(temp, LATHE_FAKE_CUDA_12, "libcuda.so.1");
  EXPECT_TRUE(error_of([&] {
                load_driver({.directory = temp.path()});
              }).starts_with(cat(path.string(), " has no function cuInit")));
}

TEST(Discovery, ReportsABrokenDriverBesideTheCpu) {
  const TempDir temp;
  put(temp, LATHE_FAKE_CUDA_11, "libcuda.so.1");
  const Discovery found = discover_devices({.directory = temp.path()});
  ASSERT_EQ(found.devices.size(), 1u);
  EXPECT_EQ(found.devices[0], cpu_device_info());
  EXPECT_EQ(found.driver_version, 0);
  const std::string text = describe_devices(found);
  EXPECT_TRUE(text.starts_with(to_text(cpu_device_info()) + "\n")) << text;
  EXPECT_NE(text.find("cuda: none: the CUDA driver "), std::string::npos) << text;
}

}  // namespace
}  // namespace lathe::cuda
