// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/sample/vector.h"

namespace lathe::kernels {

constinit const VocabularyPasses kVocabularyPassesAvx2 = kPasses;

}  // namespace lathe::kernels
