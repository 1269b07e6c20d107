# Compiler flags, each group with its reason. sl_layer() makes one library of one folder.

add_library(sl_flags INTERFACE)

target_compile_definitions(sl_flags INTERFACE _GNU_SOURCE)
# Integer conversions and shadowing are where money code goes wrong, so they are warnings here.
target_compile_options(sl_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wcast-align
  -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wundef -Wvla
  -Wdouble-promotion -Wfloat-conversion -Wnull-dereference -Wimplicit-fallthrough -Wwrite-strings
  -Wpointer-arith
  -fno-strict-aliasing # libuv's handle casts need it
  -fvisibility=hidden)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  target_compile_options(sl_flags INTERFACE
    -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init -Warith-conversion)
endif()
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  # gcc 12 passes two words through one vector register on the way to a 16-byte key, and each such key waits for the store.
  target_compile_options(sl_flags INTERFACE -fno-tree-slp-vectorize)
endif()
if(SL_WERROR)
  target_compile_options(sl_flags INTERFACE -Werror)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(sl_flags INTERFACE -msse4.2) # the CRC32C instruction
endif()

if(SL_FLAVOUR STREQUAL "release")
  # Asserts stay on: NDEBUG is not defined.
  set(CMAKE_C_FLAGS_RELEASE "-O3 -g")
  target_compile_options(sl_flags INTERFACE
    -fstack-protector-strong -fstack-clash-protection -fcf-protection -D_FORTIFY_SOURCE=3 -fPIE)
  target_link_options(sl_flags INTERFACE -Wl,-z,relro,-z,now)
elseif(SL_FLAVOUR STREQUAL "asan")
  target_compile_options(sl_flags INTERFACE
    -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sl_flags INTERFACE -fsanitize=address,undefined)
elseif(SL_FLAVOUR STREQUAL "fuzz")
  # clang only; the programs of tests/fuzz link libFuzzer itself.
  target_compile_options(sl_flags INTERFACE
    -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(sl_flags INTERFACE -fsanitize=address,undefined)
elseif(SL_FLAVOUR STREQUAL "coverage")
  # gcc only; lanes count at the same time.
  target_compile_options(sl_flags INTERFACE -O0 -g --coverage -fprofile-update=atomic)
  target_link_options(sl_flags INTERFACE --coverage)
elseif(SL_FLAVOUR STREQUAL "tsan")
  target_compile_options(sl_flags INTERFACE -O1 -g -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(sl_flags INTERFACE -fsanitize=thread)
endif()

# sl_layer(NAME <folder sources> DEPS <layers below>): a static library named sl_<NAME> from all
# .c files of the current folder.
function(sl_layer name)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  add_library(sl_${name} STATIC ${sources})
  target_link_libraries(sl_${name} PRIVATE sl_flags PUBLIC ${ARG_DEPS})
  set_target_properties(sl_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
