/* SPDX-License-Identifier: Apache-2.0 */
/* version.h - versions that rules, plugins and tools ask for: those of the Falco that Saker equals.
 */
#pragma once

#define SK_FALCO_VERSION         "0.45.0"
#define SK_LIBS_VERSION          "0.26.0"
#define SK_PLUGIN_API_VERSION    "3.12.0"
#define SK_ENGINE_MINOR          "63"
#define SK_ENGINE_VERSION        "0." SK_ENGINE_MINOR ".0"
#define SK_DRIVER_API_VERSION    "10.0.0"
#define SK_DRIVER_SCHEMA         "4.3.0"
#define SK_CONTAINER_PLUGIN      0, 4, 0 /* the built-in container support, as a plugin */
#define SK_CONTAINER_PLUGIN_TEXT "0.4.0"
