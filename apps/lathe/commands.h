// SPDX-License-Identifier: Apache-2.0
// What each sub-command's file offers.
#pragma once

#include "command.h"

namespace lathe::app {

Command inspect_command();
Command devices_command();

}  // namespace lathe::app
