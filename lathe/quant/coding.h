// SPDX-License-Identifier: Apache-2.0
// Between values and the codes of a format, by its description alone: any block format is decoded
// and (by rounding to nearest, no calibration) encoded here.
#pragma once

#include "lathe/ops/weight_format.h"

namespace lathe::quant {

// The values in f32, of `rows` in any format: (code - offset) * scale + minimum.
Tensor decode(const ops::CanonicalTensor& rows);

// Values f32 [rows, cols] in `format`. A block's scale spreads its greatest magnitude (with
// minimums: its range) over the codes and is rounded to the format's scale dtype before codes are
// chosen. Plain formats round each value. REQUIRES: block_cols divides cols.
ops::CanonicalTensor encode(const Tensor& values, const ops::WeightFormatDesc& format);

// Rows as a kernel takes them: plain ones rounded to a plain format's dtype, blocks decoded where
// the format is plain; anything else as it is.
ops::CanonicalTensor in_format(ops::CanonicalTensor rows, const ops::WeightFormatDesc& format);

}  // namespace lathe::quant
