// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/safetensors.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "lathe/base/error.h"
#include "lathe/base/json.h"

namespace lathe {
namespace {

constexpr std::pair<std::string_view, int> kDtypes[] = {
    {"F32", 32},    {"F16", 16},    {"BF16", 16},   {"F64", 64}, {"I64", 64},
    {"I32", 32},    {"I16", 16},    {"I8", 8},      {"U64", 64}, {"U32", 32},
    {"U16", 16},    {"U8", 8},      {"BOOL", 8},    {"C64", 64}, {"F8_E4M3", 8},
    {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F6_E2M3", 6}, {"F4", 4},   {"F6_E3M2", 6}};

// A tensor's entry costs about ten of these; a header with more is not a list of tensors, and
// parsing it would take many times its size.
constexpr int64_t kMaxSeparators = 4'000'000;

std::string_view header_of(std::span<const std::byte> file) {
  uint64_t size = 0;
  if (file.size() < sizeof(size)) {
    fail(ErrorCode::kCorrupt, "not a safetensors file: ", file.size(),
         " bytes, a header's size alone takes 8");
  }
  std::memcpy(&size, file.data(), sizeof(size));
  if (size > kMaxSafetensorsHeader) {
    fail(ErrorCode::kCorrupt, "not a safetensors file: a header of ", size, " bytes, at most ",
         kMaxSafetensorsHeader, " are allowed");
  }
  if (size > file.size() - sizeof(size)) {
    fail(ErrorCode::kCorrupt, "truncated: a header of ", size, " bytes in a file of ", file.size());
  }
  return {reinterpret_cast<const char*>(file.data()) + sizeof(size), static_cast<size_t>(size)};
}

void check_header_text(std::string_view header) {
  if (!header.starts_with('{')) {
    fail(ErrorCode::kCorrupt, "not a safetensors file: the header starts with ",
         quote(header.substr(0, 1)), ", expected '{'");
  }
  const auto separators = std::count_if(header.begin(), header.end(),
                                        [](char c) { return c == ',' || c == '[' || c == '{'; });
  if (separators > kMaxSeparators) {
    fail(ErrorCode::kCorrupt, "the header has ", separators,
         " JSON separators, more than any list of tensors");
  }
}

int64_t non_negative(const Json& json) {
  const int64_t value = json.as_integer();
  if (value < 0) fail(ErrorCode::kCorrupt, "expected a number from 0 on, got ", value);
  return value;
}

std::vector<int64_t> read_shape(const Json& json) {
  std::vector<int64_t> shape;
  for (const Json& dim : json.as_array()) shape.push_back(non_negative(dim));
  return shape;
}

// The bytes of the elements, -1 where they are no whole number of bytes or beyond 2^62. Zeros hide
// nothing: what the other dims multiply to must be a size too, in any order.
int64_t byte_size(const std::vector<int64_t>& shape, int bits) {
  int64_t total = bits;
  for (const int64_t dim : shape) {
    if (__builtin_mul_overflow(total, std::max<int64_t>(dim, 1), &total)) return -1;
  }
  if (std::ranges::find(shape, 0) != shape.end()) return 0;
  return total % 8 == 0 ? total / 8 : -1;
}

std::pair<int64_t, int64_t> read_range(const Json& json, int64_t data_size) {
  const Json::Array& offsets = json.as_array();
  if (offsets.size() != 2) {
    fail(ErrorCode::kCorrupt, "expected [begin, end], got ", offsets.size(), " numbers");
  }
  const int64_t begin = non_negative(offsets[0]);
  const int64_t end = non_negative(offsets[1]);
  if (begin > end) fail(ErrorCode::kCorrupt, "begin ", begin, " is behind end ", end);
  if (end > data_size) {
    fail(ErrorCode::kCorrupt, "ends at byte ", end, ", the file holds ", data_size,
         " bytes of data (truncated?)");
  }
  return {begin, end};
}

SafetensorsTensor read_tensor(const std::string& name, const Json& entry,
                              std::span<const std::byte> data) {
  SafetensorsTensor tensor{.name = name, .dtype = {}, .shape = {}, .bytes = {}};
  with_context("dtype", [&] { tensor.dtype = entry.at("dtype").as_string(); });
  with_context("shape", [&] { tensor.shape = read_shape(entry.at("shape")); });
  const auto range = with_context("data_offsets", [&] {
    return read_range(entry.at("data_offsets"), static_cast<int64_t>(data.size()));
  });
  if (entry.as_object().size() != 3) {
    fail(ErrorCode::kCorrupt, "expected the fields dtype, shape and data_offsets, got ",
         entry.as_object().size(), " fields");
  }
  const int bits = safetensors_bits(tensor.dtype);
  if (bits == 0) fail(ErrorCode::kUnsupported, "unknown dtype ", quote(tensor.dtype));
  const int64_t size = range.second - range.first;
  if (const int64_t expected = byte_size(tensor.shape, bits); expected != size) {
    fail(ErrorCode::kCorrupt, tensor.dtype, entry.at("shape").dump(), " takes ",
         expected < 0 ? "no possible number of" : cat(expected), " bytes, data_offsets span ",
         size);
  }
  tensor.bytes = data.subspan(static_cast<size_t>(range.first), static_cast<size_t>(size));
  return tensor;
}

void read_metadata(const Json& json, Safetensors& out) {
  for (const auto& [key, value] : json.as_object()) {
    if (!out.metadata.emplace(key, value.as_string()).second) {
      fail(ErrorCode::kCorrupt, "key ", quote(key), " is given twice");
    }
  }
}

// The format wants the tensors to fill the data exactly: nothing can hide between them.
void check_coverage(const Safetensors& file, std::span<const std::byte> data) {
  const std::byte* cursor = data.data();
  const SafetensorsTensor* previous = nullptr;
  for (const SafetensorsTensor& tensor : file.tensors) {
    if (tensor.bytes.data() < cursor) {
      fail(ErrorCode::kCorrupt, "tensors ", quote(previous->name), " and ", quote(tensor.name),
           " overlap");
    }
    if (tensor.bytes.data() > cursor) {
      fail(ErrorCode::kCorrupt, "a hole of ", tensor.bytes.data() - cursor, " bytes before tensor ",
           quote(tensor.name));
    }
    cursor = tensor.bytes.data() + tensor.bytes.size();
    previous = &tensor;
  }
  if (const std::byte* end = data.data() + data.size(); cursor != end) {
    fail(ErrorCode::kCorrupt, end - cursor, " bytes of data behind the last tensor");
  }
}

}  // namespace

int safetensors_bits(std::string_view dtype) {
  for (const auto& [name, bits] : kDtypes) {
    if (name == dtype) return bits;
  }
  return 0;
}

Safetensors read_safetensors(std::span<const std::byte> file, std::string_view source) {
  return with_context(source, [&] {
    const std::string_view header = header_of(file);
    check_header_text(header);
    const Json json = Json::parse(header, "header");
    const auto data = file.subspan(sizeof(uint64_t) + header.size());
    Safetensors out;
    std::set<std::string_view> names;
    for (const auto& [name, entry] : json.as_object()) {
      const std::string where = name == "__metadata__" ? name : cat("tensor ", quote(name));
      const auto read = [&, &key = name, &value = entry] {
        if (!names.insert(key).second) fail(ErrorCode::kCorrupt, "is listed twice");
        if (key == "__metadata__") return read_metadata(value, out);
        out.tensors.push_back(read_tensor(key, value, data));
      };
      with_context(where, read);
    }
    std::ranges::sort(out.tensors, [](const SafetensorsTensor& a, const SafetensorsTensor& b) {
      const auto key = [](const SafetensorsTensor& t) {
        return std::pair(t.bytes.data(), t.bytes.size());
      };
      return key(a) < key(b);
    });
    check_coverage(out, data);
    return out;
  });
}

}  // namespace lathe
