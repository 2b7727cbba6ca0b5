/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* events.h - event codes by name, for what the programs tell apart. */
#pragma once

#define EVENT(code, id, ...) SK_EV_##id = code,
enum sk_event_code {
#include "events.def"
};
