# What tests in Python need: protobuf's generated modules, and where the programs under test are.
include_guard(GLOBAL)
find_program(SL_PROTOC protoc REQUIRED)
set(SL_PB_PYTHON_DIR ${CMAKE_BINARY_DIR}/tests/pb-python CACHE INTERNAL "")
set(pb_python_outputs)
foreach(name event api)
  set(source ${PROJECT_SOURCE_DIR}/proto/salesledger/v1/${name}.proto)
  set(output ${SL_PB_PYTHON_DIR}/salesledger/v1/${name}_pb2.py)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${SL_PB_PYTHON_DIR}
    COMMAND ${SL_PROTOC} --proto_path=${PROJECT_SOURCE_DIR}/proto --python_out=${SL_PB_PYTHON_DIR} ${source}
    DEPENDS ${PROJECT_SOURCE_DIR}/proto/salesledger/v1/event.proto ${source}
    VERBATIM)
  list(APPEND pb_python_outputs ${output})
endforeach()
add_custom_target(sl_pb_python ALL DEPENDS ${pb_python_outputs})

# The environment of one test; the programs that exist in this build.
set(sl_python_environment "SL_PB_PYTHON_DIR=${SL_PB_PYTHON_DIR}" "PYTHONDONTWRITEBYTECODE=1")
if(TARGET salesledgerd)
  list(APPEND sl_python_environment "SALESLEDGERD=$<TARGET_FILE:salesledgerd>")
endif()
foreach(target salesledger_cli salesledger)
  if(TARGET ${target})
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE")
      list(APPEND sl_python_environment "SALESLEDGER=$<TARGET_FILE:${target}>")
    endif()
  endif()
endforeach()
set(sl_python_environment "${sl_python_environment}" CACHE INTERNAL "")

function(sl_python_test name)
  set_property(TEST ${name} PROPERTY ENVIRONMENT "${sl_python_environment}")
endfunction()

# sl_python_case(<name> <seconds> <script> <arguments>...)
function(sl_python_case name seconds script)
  add_test(NAME ${name} COMMAND ${SL_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/${script} ${ARGN})
  get_filename_component(label ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${seconds})
  sl_python_test(${name})
endfunction()
