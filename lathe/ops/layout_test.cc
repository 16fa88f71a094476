// SPDX-License-Identifier: Apache-2.0
// Rules of layouts against numpy's, worked out element by element.
#include "lathe/ops/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "lathe/base/error.h"
#include "lathe/ops/elementwise.h"

namespace lathe::ops {
namespace {

using Sizes = std::vector<int64_t>;

TensorType f32(const Sizes& sizes) {
  return {DType::kF32, Shape(std::vector<Dim>(sizes.begin(), sizes.end()))};
}

// The sizes of the only output; empty where the op refuses.
std::optional<Sizes> inferred(const Op& op, const std::vector<TensorType>& inputs) {
  try {
    return op.infer(inputs).front().shape.evaluate({});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.message();
    return std::nullopt;
  }
}

TEST(Slice, HasAsManyElementsAsItsLoopVisits) {
  for (int64_t length = 0; length <= 6; ++length) {
    for (int64_t start = 0; start <= 7; ++start) {
      for (int64_t stop = -1; stop <= 7; ++stop) {
        for (int64_t step = 1; step <= 3; ++step) {
          const int64_t end = stop == -1 ? length : stop;
          std::optional<Sizes> expected;
          if (start <= end && end <= length) {
            int64_t count = 0;
            for (int64_t i = start; i < end; i += step) ++count;
            expected = Sizes{count, 2};
          }
          const Op op = Slice{.axis = 0, .start = start, .stop = stop, .step = step};
          ASSERT_EQ(inferred(op, {f32({length, 2})}), expected)
              << "[" << start << ", " << stop << ") step " << step << " of " << length;
        }
      }
    }
  }
}

TEST(Transpose, MovesEachAxisAndItsInverseMovesItBack) {
  const Sizes sizes = {2, 3, 4, 5};
  std::vector<int> permutation = {0, 1, 2, 3};
  do {
    Sizes expected;
    std::vector<int> inverse(4);
    for (int i = 0; i < 4; ++i) {
      const int axis = permutation[static_cast<size_t>(i)];
      expected.push_back(sizes[static_cast<size_t>(axis)]);
      inverse[static_cast<size_t>(axis)] = i;
    }
    ASSERT_EQ(inferred(Transpose{permutation}, {f32(sizes)}), expected);
    ASSERT_EQ(inferred(Transpose{inverse}, {f32(expected)}), sizes);
  } while (std::ranges::next_permutation(permutation).found);
}

// numpy: sizes stand under each other from the right; they are equal or one of them is 1.
std::optional<Sizes> numpy_broadcast(const Sizes& a, const Sizes& b) {
  Sizes out;
  for (size_t i = 1; i <= std::max(a.size(), b.size()); ++i) {
    const int64_t x = i <= a.size() ? a[a.size() - i] : 1;
    const int64_t y = i <= b.size() ? b[b.size() - i] : 1;
    if (x != y && x != 1 && y != 1) return std::nullopt;
    out.insert(out.begin(), x == 1 ? y : x);
  }
  return out;
}

// All sizes up to rank 3 with dims of 0 to 3.
std::vector<Sizes> small_shapes() {
  std::vector<Sizes> out = {{}};
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i].size() == 3) break;
    for (int64_t dim = 0; dim <= 3; ++dim) {
      Sizes longer = out[i];
      longer.push_back(dim);
      out.push_back(longer);
    }
  }
  return out;
}

TEST(Broadcast, IsNumpys) {
  const std::vector<Sizes> shapes = small_shapes();
  ASSERT_EQ(shapes.size(), 1u + 4 + 16 + 64);
  for (const Sizes& a : shapes) {
    for (const Sizes& b : shapes) {
      const std::optional<Sizes> expected = numpy_broadcast(a, b);
      ASSERT_EQ(inferred(Binary{}, {f32(a), f32(b)}), expected)
          << f32(a).to_string() << " and " << f32(b).to_string();
      const bool reaches = expected == b;
      const Op to = BroadcastTo{.shape = f32(b).shape};
      ASSERT_EQ(inferred(to, {f32(a)}).has_value(), reaches)
          << f32(a).to_string() << " to " << f32(b).to_string();
    }
  }
}

int64_t count_of(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t{1}, std::multiplies<>());
}

TEST(Reshape, KeepsTheNumberOfElements) {
  const std::vector<Sizes> shapes = small_shapes();
  for (const Sizes& from : shapes) {
    for (const Sizes& to : shapes) {
      const bool fits = count_of(from) == count_of(to);
      ASSERT_EQ(inferred(Reshape{f32(to).shape}, {f32(from)}),
                fits ? std::optional(to) : std::nullopt)
          << f32(from).to_string() << " to " << f32(to).to_string();
    }
  }
}

TEST(Reshape, FindsTheDimThatIsLeftOut) {
  for (const Sizes& from : small_shapes()) {
    if (count_of(from) == 0) continue;
    for (const int64_t other : {1, 2, 3, 6}) {
      const bool divides = count_of(from) % other == 0;
      ASSERT_EQ(inferred(Reshape{{other, -1}}, {f32(from)}),
                divides ? std::optional(Sizes{other, count_of(from) / other}) : std::nullopt);
    }
  }
}

TEST(Split, PiecesJoinToWhatWasCut) {
  const TensorType x = f32({3, 7, 2});
  for (int64_t first = 0; first <= 7; ++first) {
    for (int64_t second = 0; first + second <= 7; ++second) {
      const Op cut = Split{.axis = 1, .sizes = {first, second, 7 - first - second}};
      const Op open = Split{.axis = -2, .sizes = {first, second, -1}};
      const std::vector<TensorType> pieces = cut.infer(std::span(&x, 1));
      EXPECT_EQ(pieces, open.infer(std::span(&x, 1)));
      ASSERT_EQ(pieces.size(), 3u);
      EXPECT_EQ(pieces[1].shape.evaluate({}), (Sizes{3, second, 2}));
      EXPECT_EQ(Op(Concat{.axis = 1}).infer(pieces), std::vector<TensorType>{x});
    }
  }
}

// numpy.take: the indices' axes stand where the axis was.
TEST(Gather, PutsTheIndicesAxesInPlaceOfItsOwn) {
  const Sizes x = {4, 5, 6};
  for (int axis = -3; axis < 3; ++axis) {
    for (const Sizes& indices : {Sizes{}, Sizes{2}, Sizes{2, 3}, Sizes{0}}) {
      const auto place = static_cast<ptrdiff_t>(axis < 0 ? axis + 3 : axis);
      Sizes expected(x.begin(), x.begin() + place);
      expected.insert(expected.end(), indices.begin(), indices.end());
      expected.insert(expected.end(), x.begin() + place + 1, x.end());
      for (const DType dtype : {DType::kI32, DType::kI64}) {
        EXPECT_EQ(inferred(Gather{axis}, {f32(x), {dtype, f32(indices).shape}}), expected);
      }
    }
  }
}

}  // namespace
}  // namespace lathe::ops
