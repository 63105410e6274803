# The messages: every .proto file of proto/ and the well-known types they use, as one library of generated C.

find_program(PROTOC_C protoc-c REQUIRED)
find_path(PROTOBUF_INCLUDE google/protobuf/timestamp.proto REQUIRED)

function(portal_proto target)
  set(dir ${CMAKE_BINARY_DIR}/proto)
  file(MAKE_DIRECTORY ${dir})
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/proto/*.proto)
  set(sources)
  foreach(file ${files} ${PROTOBUF_INCLUDE}/google/protobuf/timestamp.proto)
    set(root ${PROJECT_SOURCE_DIR}/proto)
    if(file MATCHES "google/protobuf")
      set(root ${PROTOBUF_INCLUDE})
    endif()
    file(RELATIVE_PATH name ${root} ${file})
    string(REGEX REPLACE "\\.proto$" ".pb-c" stem ${name})
    add_custom_command(OUTPUT ${dir}/${stem}.c ${dir}/${stem}.h
      COMMAND ${PROTOC_C} -I ${PROJECT_SOURCE_DIR}/proto -I ${PROTOBUF_INCLUDE} --c_out=${dir} ${file}
      DEPENDS ${file} VERBATIM)
    list(APPEND sources ${dir}/${stem}.c ${dir}/${stem}.h)
  endforeach()
  add_library(${target} STATIC ${sources})
  target_compile_options(${target} PRIVATE -w)
  target_include_directories(${target} SYSTEM PUBLIC ${dir})
  target_link_libraries(${target} PUBLIC PkgConfig::PROTOBUF_C)
endfunction()
