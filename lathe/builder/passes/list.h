// SPDX-License-Identifier: Apache-2.0
// The passes, one file each. Their order is pipeline.cc's.
#pragma once

#include "lathe/builder/pass.h"

namespace lathe::builder::passes {

// Bind: parameters become stored weights. The network that they leave is the one that engines are
// held against by `diff`.
extern const Pass kBind;
extern const Pass kFoldWeights;
extern const Pass kQuantizeInputs;
extern const Pass kNameValues;

// Clean up.
extern const Pass kFoldConstants;
extern const Pass kShareCommon;
extern const Pass kRemoveDead;

// Recognise what is written in primitives.
extern const Pass kRecogniseActivations;
extern const Pass kRecogniseNorms;
extern const Pass kRecogniseSoftmax;
extern const Pass kSelectRowsEarly;

// Horizontal fusion.
extern const Pass kJoinQkv;
extern const Pass kGateLinear;

// Vertical fusion.
extern const Pass kFuseActivation;
extern const Pass kFuseResidual;
extern const Pass kFuseResidualNorm;
extern const Pass kFuseNormQuantize;
extern const Pass kFuseRopeKvWrite;

// For a GPU.
extern const Pass kHalfActivations;
extern const Pass kFuseNormLinear;
extern const Pass kFuseRopeAttention;

// Pointwise groups.
extern const Pass kFusePointwise;

}  // namespace lathe::builder::passes
