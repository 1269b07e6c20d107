/* The version this source tree becomes; the same as project() in CMakeLists.txt. */
#ifndef SL_SERVICE_VERSION_H
#define SL_SERVICE_VERSION_H

#define SL_VERSION "0.1.0"

#endif
