// SPDX-License-Identifier: Apache-2.0
#include "lathe/base/gguf.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

#include "lathe/base/error.h"

namespace lathe {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr uint64_t kMaxKeys = 65'536;
constexpr uint64_t kMaxTensors = 262'144;
constexpr uint64_t kMaxNameBytes = 65'535;
constexpr uint32_t kMaxDims = 4;
constexpr uint64_t kMaxAlignment = 1 << 20;

// Reads forward through the header and never past its end.
class Cursor {
 public:
  explicit Cursor(std::span<const std::byte> bytes) : bytes_(bytes) {}
  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }

  std::span<const std::byte> take(uint64_t size) {
    if (size > remaining()) {
      fail(ErrorCode::kCorrupt, "truncated: ", size, " bytes expected at byte ", position_,
           ", the file ends after ", remaining());
    }
    const auto out = bytes_.subspan(position_, static_cast<size_t>(size));
    position_ += out.size();
    return out;
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view string() {
    const auto text = take(number<uint64_t>());
    return {reinterpret_cast<const char*>(text.data()), text.size()};
  }
  std::string name() {
    const std::string_view text = string();
    if (text.empty() || text.size() > kMaxNameBytes) {
      fail(ErrorCode::kCorrupt, "a name of ", text.size(), " bytes, expected 1 to ", kMaxNameBytes);
    }
    return std::string(text);
  }
  std::span<const std::byte> since(size_t begin) const {
    return bytes_.subspan(begin, position_ - begin);
  }

 private:
  std::span<const std::byte> bytes_;
  size_t position_ = 0;
};

// Bytes of a scalar, 0 for the types whose size varies.
uint64_t size_of(GgufType type) {
  static constexpr uint8_t kSizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return kSizes[static_cast<size_t>(type)];
}

GgufType read_type(Cursor& cursor) {
  const auto type = cursor.number<uint32_t>();
  if (type > static_cast<uint32_t>(GgufType::kFloat64)) {
    fail(ErrorCode::kCorrupt, "unknown value type ", type);
  }
  return static_cast<GgufType>(type);
}

// Moves behind `count` elements; checks that they are there and well-formed.
void walk_elements(Cursor& cursor, GgufType type, uint64_t count) {
  if (type == GgufType::kArray) fail(ErrorCode::kUnsupported, "arrays of arrays are not supported");
  if (type == GgufType::kString) {
    if (count > cursor.remaining() / sizeof(uint64_t)) {
      fail(ErrorCode::kCorrupt, "truncated: ", count, " strings announced, ", cursor.remaining(),
           " bytes left");
    }
    for (uint64_t i = 0; i < count; ++i) cursor.string();
    return;
  }
  if (count > cursor.remaining() / size_of(type)) {
    fail(ErrorCode::kCorrupt, "truncated: ", count, " elements of ", to_string(type),
         " announced, ", cursor.remaining(), " bytes left");
  }
  const auto bytes = cursor.take(count * size_of(type));
  if (type == GgufType::kBool &&
      std::ranges::any_of(bytes, [](std::byte b) { return b > std::byte{1}; })) {
    fail(ErrorCode::kCorrupt, "a bool that is neither 0 nor 1");
  }
}

GgufValue read_value(Cursor& cursor) {
  GgufValue value{.type = read_type(cursor), .is_array = false, .count = 1, .bytes = {}};
  if (value.type == GgufType::kArray) {
    value.is_array = true;
    value.type = read_type(cursor);
    value.count = cursor.number<uint64_t>();
  }
  const size_t begin = cursor.position();
  walk_elements(cursor, value.type, value.count);
  value.bytes = cursor.since(begin);
  return value;
}

void read_metadata(Cursor& cursor, uint64_t count, Gguf& out) {
  for (uint64_t i = 0; i < count; ++i) {
    const std::string key = with_context(cat("metadata key ", i), [&] { return cursor.name(); });
    with_context(cat("metadata ", quote(key)), [&] {
      if (!out.metadata.emplace(key, read_value(cursor)).second) {
        fail(ErrorCode::kCorrupt, "is given twice");
      }
    });
  }
}

struct PlacedTensor {
  GgufTensor tensor;
  uint64_t offset = 0;
  uint64_t size = 0;
};

// The file lists dims innermost first.
std::vector<int64_t> read_shape(Cursor& cursor) {
  const auto rank = cursor.number<uint32_t>();
  if (rank > kMaxDims) {
    fail(ErrorCode::kCorrupt, rank, " dims, GGUF allows ", kMaxDims);
  }
  std::vector<int64_t> shape(rank);
  for (size_t i = rank; i-- > 0;) {
    const auto dim = cursor.number<uint64_t>();
    if (dim > static_cast<uint64_t>(INT64_MAX)) fail(ErrorCode::kCorrupt, "a dim of ", dim);
    shape[i] = static_cast<int64_t>(dim);
  }
  return shape;
}

uint64_t byte_size(const std::vector<int64_t>& shape, const GgmlType& type) {
  const int64_t inner = shape.empty() ? 1 : shape.back();
  if (inner % type.block_elements != 0) {
    fail(ErrorCode::kCorrupt, "rows of ", inner, " elements are no whole blocks of ",
         type.block_elements, " (", type.name, ")");
  }
  // Zeros hide nothing: what the other dims multiply to must be a size too, in any order.
  const auto at_least_one = [](int64_t dim) { return std::max<int64_t>(dim, 1); };
  int64_t total = type.block_bytes;
  bool overflow = __builtin_mul_overflow(total, at_least_one(inner / type.block_elements), &total);
  for (size_t i = 0; i + 1 < shape.size(); ++i) {
    overflow = __builtin_mul_overflow(total, at_least_one(shape[i]), &total) || overflow;
  }
  if (overflow) fail(ErrorCode::kCorrupt, "its dims multiply to more than 2^63 bytes");
  if (std::ranges::find(shape, 0) != shape.end()) return 0;
  return static_cast<uint64_t>(total);
}

PlacedTensor read_tensor(Cursor& cursor, std::string name) {
  PlacedTensor out;
  out.tensor.name = std::move(name);
  out.tensor.shape = read_shape(cursor);
  const auto type = cursor.number<uint32_t>();
  out.tensor.type = find_ggml_type(type);
  if (out.tensor.type == nullptr) fail(ErrorCode::kUnsupported, "unknown ggml type ", type);
  out.offset = cursor.number<uint64_t>();
  out.size = byte_size(out.tensor.shape, *out.tensor.type);
  return out;
}

std::vector<PlacedTensor> read_tensors(Cursor& cursor, uint64_t count) {
  std::vector<PlacedTensor> tensors;
  std::set<std::string> names;
  for (uint64_t i = 0; i < count; ++i) {
    std::string name = with_context(cat("tensor ", i), [&] { return cursor.name(); });
    with_context(cat("tensor ", quote(name)), [&] {
      if (!names.insert(name).second) fail(ErrorCode::kCorrupt, "is listed twice");
      tensors.push_back(read_tensor(cursor, name));
    });
  }
  return tensors;
}

uint64_t read_alignment(const Gguf& gguf) {
  const GgufValue* value = gguf.find("general.alignment");
  if (value == nullptr) return 32;
  return with_context("general.alignment", [&] {
    const int64_t alignment = value->as_integer();
    if (alignment <= 0 || alignment > static_cast<int64_t>(kMaxAlignment) ||
        !std::has_single_bit(static_cast<uint64_t>(alignment))) {
      fail(ErrorCode::kCorrupt, "expected a power of two up to ", kMaxAlignment, ", got ",
           alignment);
    }
    return static_cast<uint64_t>(alignment);
  });
}

void place_tensors(std::vector<PlacedTensor>& tensors, std::span<const std::byte> data,
                   uint64_t alignment) {
  for (PlacedTensor& placed : tensors) {
    with_context(cat("tensor ", quote(placed.tensor.name)), [&] {
      if (placed.offset % alignment != 0) {
        fail(ErrorCode::kCorrupt, "its offset ", placed.offset, " is no multiple of ", alignment);
      }
      if (placed.offset > data.size() || placed.size > data.size() - placed.offset) {
        fail(ErrorCode::kCorrupt, "needs ", placed.size, " bytes at offset ", placed.offset,
             ", the file holds ", data.size(), " bytes of data (truncated?)");
      }
      placed.tensor.bytes =
          data.subspan(static_cast<size_t>(placed.offset), static_cast<size_t>(placed.size));
    });
  }
}

void check_overlaps(const std::vector<PlacedTensor>& tensors) {
  std::vector<const PlacedTensor*> order;
  for (const PlacedTensor& placed : tensors) {
    if (placed.size > 0) order.push_back(&placed);
  }
  std::ranges::sort(order, {}, [](const PlacedTensor* placed) { return placed->offset; });
  for (size_t i = 1; i < order.size(); ++i) {
    if (order[i - 1]->offset + order[i - 1]->size > order[i]->offset) {
      fail(ErrorCode::kCorrupt, "tensors ", quote(order[i - 1]->tensor.name), " and ",
           quote(order[i]->tensor.name), " overlap");
    }
  }
}

uint32_t read_version(Cursor& cursor) {
  const auto version = cursor.number<uint32_t>();
  if (version > 0 && (version & 0xffff) == 0) {
    fail(ErrorCode::kUnsupported, "a big-endian GGUF file");
  }
  if (version != 2 && version != 3) {
    fail(ErrorCode::kUnsupported, "GGUF version ", version, ", versions 2 and 3 are read");
  }
  return version;
}

uint64_t read_count(Cursor& cursor, std::string_view what, uint64_t limit) {
  const auto count = cursor.number<uint64_t>();
  if (count > limit) {
    fail(ErrorCode::kCorrupt, count, " ", what, " announced, at most ", limit, " are read");
  }
  return count;
}

}  // namespace

const GgufValue* Gguf::find(std::string_view key) const {
  const auto found = metadata.find(key);
  return found == metadata.end() ? nullptr : &found->second;
}

const GgufValue& Gguf::at(std::string_view key) const {
  if (const GgufValue* value = find(key)) return *value;
  fail(ErrorCode::kCorrupt, "metadata ", quote(key), " is missing");
}

Gguf read_gguf(std::span<const std::byte> file, std::string_view source) {
  return with_context(source, [&] {
    Cursor cursor(file);
    if (file.size() < 4 || std::memcmp(cursor.take(4).data(), "GGUF", 4) != 0) {
      fail(ErrorCode::kCorrupt, "not a GGUF file: it does not start with GGUF");
    }
    Gguf out;
    out.version = read_version(cursor);
    const uint64_t num_tensors = read_count(cursor, "tensors", kMaxTensors);
    const uint64_t num_keys = read_count(cursor, "metadata keys", kMaxKeys);
    read_metadata(cursor, num_keys, out);
    std::vector<PlacedTensor> tensors = read_tensors(cursor, num_tensors);
    const uint64_t alignment = read_alignment(out);
    const uint64_t begin = (cursor.position() + alignment - 1) & ~(alignment - 1);
    const auto data = file.subspan(static_cast<size_t>(std::min<uint64_t>(begin, file.size())));
    place_tensors(tensors, data, alignment);
    check_overlaps(tensors);
    for (PlacedTensor& placed : tensors) out.tensors.push_back(std::move(placed.tensor));
    return out;
  });
}

}  // namespace lathe
