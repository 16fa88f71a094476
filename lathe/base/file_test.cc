// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "tests/support/error_code_of.h"
#include "tests/support/temp_dir.h"

namespace lathe {
namespace {

using testing::code_of;
using testing::error_of;
using testing::TempDir;

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(FileRead, GivesEveryByteAndAnEmptyFile) {
  const TempDir folder;
  const std::string bytes("\0\n\xff\r\n", 5);
  EXPECT_EQ(read_file(folder.write("a", bytes)), bytes);
  EXPECT_EQ(read_file(folder.write("b", "")), "");
}

TEST(FileRead, StopsAtTheLimitAndSaysBothSizes) {
  const TempDir folder;
  const auto path = folder.write("a", "12345");
  EXPECT_EQ(read_file(path, 5), "12345");
  EXPECT_EQ(error_of([&] { read_file(path, 4); }), path.string() + ": 5 bytes, at most 4 are read");
  EXPECT_EQ(code_of([&] { read_file(path, 4); }), ErrorCode::kResourceExhausted);
}

TEST(FileRead, SaysWhyAPathIsNoFile) {
  const TempDir folder;
  const std::string missing = (folder.path() / "missing").string();
  EXPECT_EQ(error_of([&] { read_file(missing); }), missing + ": No such file or directory");
  EXPECT_EQ(error_of([&] { read_file(folder.path()); }),
            folder.path().string() + ": not a regular file");
  EXPECT_EQ(error_of([&] { MappedFile::open(missing); }), missing + ": No such file or directory");
  EXPECT_EQ(error_of([&] { MappedFile::open(folder.path()); }),
            folder.path().string() + ": not a regular file");
  EXPECT_EQ(code_of([&] { MappedFile::open(missing); }), ErrorCode::kNotFound);
}

TEST(FileWrite, GoesWhereALinkLeadsAndKeepsTheLink) {
  const TempDir folder;
  folder.write("real", "old");
  for (const std::string_view target : {"real", "not there yet"}) {
    const auto link = folder.path() / "link", relative = folder.path() / "relative";
    std::filesystem::create_symlink(folder.path() / target, link);
    std::filesystem::create_symlink("link", relative);
    write_file(relative, "new");
    EXPECT_TRUE(std::filesystem::is_symlink(link) && std::filesystem::is_symlink(relative));
    EXPECT_EQ(read_file(folder.path() / target), "new");
    std::filesystem::remove(link);
    std::filesystem::remove(relative);
  }
}

TEST(FileWrite, RefusesLinksInACircle) {
  const TempDir folder;
  std::filesystem::create_symlink("b", folder.path() / "a");
  std::filesystem::create_symlink("a", folder.path() / "b");
  EXPECT_NE(error_of([&] { write_file(folder.path() / "a", "x"); }).find("lead in a circle"),
            std::string::npos);
}

// Nobody writes it: an open that waits would wait for ever.
TEST(FileRead, APipeIsRefusedAtOnce) {
  const TempDir folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string refusal = pipe.string() + ": not a regular file";
  EXPECT_EQ(error_of([&] { read_file(pipe); }), refusal);
  EXPECT_EQ(error_of([&] { MappedFile::open(pipe); }), refusal);
}

TEST(FileWrite, ADeviceStaysADevice) {
  write_file("/dev/null", "x");
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  EXPECT_NE(error_of([] { write_file("/dev/full", "x"); }).find("/dev/full: cannot be written: No"),
            std::string::npos);
}

TEST(FileWrite, PutsPiecesOneBehindTheOther) {
  const TempDir folder;
  const std::string_view pieces[] = {"ab", "", std::string_view("\0c", 2)};
  write_file(folder.path() / "x", pieces);
  EXPECT_EQ(read_file(folder.path() / "x"), std::string("ab\0c", 4));
}

TEST(FileWrite, ReplacesTheWholeFileAndLeavesNoNeighbour) {
  const TempDir folder;
  const auto path = folder.write("x", "a long first text");
  write_file(path, "short");
  EXPECT_EQ(read_file(path), "short");
  const auto entries = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST(FileWrite, AReaderKeepsTheOldFileThatItMapped) {
  const TempDir folder;
  const auto path = folder.write("x", "old");
  const auto mapped = MappedFile::open(path);
  write_file(path, "new!");
  EXPECT_EQ(text_of(mapped->bytes()), "old");
  EXPECT_EQ(read_file(path), "new!");
}

TEST(FileWrite, FailsWithTheReasonAndLeavesNothing) {
  const TempDir folder;
  std::filesystem::create_directory(folder.path() / "taken");
  const auto taken = folder.path() / "taken";
  EXPECT_EQ(error_of([&] { write_file(taken, "x"); }),
            taken.string() + ": cannot be written: Is a directory");
  const auto inside = folder.write("file", "x") / "below";
  EXPECT_EQ(code_of([&] { write_file(inside, "x"); }), ErrorCode::kUnavailable);
  const auto entries = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 2);  // taken, file
}

// Two writers of one path: whoever comes last wins, and no reader ever sees a mixture.
TEST(FileWrite, WhetherItCanBeDoneIsAskedWithoutATrace) {
  const TempDir dir;
  check_writable(dir.path() / "new");
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  const auto old = dir.write("old", "text");
  check_writable(old);
  EXPECT_EQ(read_file(old), "text");
  check_writable("/dev/null");
  const std::filesystem::path lost = dir.path() / "no" / "file";
  EXPECT_EQ(error_of([&] { check_writable(lost); }), error_of([&] { write_file(lost, "text"); }));
  EXPECT_NE(error_of([&] { check_writable(lost); }), "");
}

TEST(FileWrite, WritersOfOnePathDoNotMixTheirBytes) {
  const TempDir folder;
  const std::string a(200'000, 'a'), b(100'000, 'b');
  const auto path = folder.write("x", a);
  const auto write = [&](const std::string& bytes) {
    for (int i = 0; i < 30; ++i) write_file(path, bytes);
  };
  std::thread first([&] { write(a); }), second([&] { write(b); });
  int torn = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string seen = read_file(path);
    torn += seen != a && seen != b ? 1 : 0;
  }
  first.join();
  second.join();
  EXPECT_EQ(torn, 0);
}

TEST(FileMap, SharesTheBytesAndTheName) {
  const TempDir folder;
  const auto path = folder.write("x", "hello");
  const auto mapped = MappedFile::open(path);
  EXPECT_EQ(text_of(mapped->bytes()), "hello");
  EXPECT_EQ(mapped->path(), path);
  EXPECT_TRUE(MappedFile::open(folder.write("empty", ""))->bytes().empty());
}

TEST(FileMap, DroppedPagesReadTheSameAgain) {
  const TempDir folder;
  std::string bytes;
  for (size_t i = 0; i < 5 * 4096 + 100; ++i) bytes += static_cast<char>(i * 7 % 251);
  const auto mapped = MappedFile::open(folder.write("x", bytes));
  for (const auto& [from, size] : {std::pair<size_t, size_t>{0, bytes.size()},
                                   {1, 4095},
                                   {4096, 4096},
                                   {100, 9000},
                                   {bytes.size(), 0}}) {
    mapped->drop(mapped->bytes().subspan(from, size));
    ASSERT_EQ(text_of(mapped->bytes()), bytes);
  }
}

}  // namespace
}  // namespace lathe
