# Tests in C: one cmocka program per file, grouped by suite through CTest's labels.

# portal_tests(unit LIBS shared): every test_*.c of the current folder. What is named after a service, like test_auth_session.c,
# also links that service's rooms (auth_core) and the folder's auth_shop.c, where there is one.
function(portal_tests suite)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS test_*.c)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    string(REPLACE "test_" "${suite}_" name ${name})
    string(REGEX REPLACE "^${suite}_([a-z]+).*" "\\1" room ${name})
    file(GLOB shop CONFIGURE_DEPENDS ${room}_shop.c)
    add_executable(${name} ${source} ${shop})
    if(TARGET ${room}_core)
      target_link_libraries(${name} PRIVATE ${room}_core)
    endif()
    target_link_libraries(${name} PRIVATE ${arg_LIBS} PkgConfig::CMOCKA)
    target_compile_definitions(${name} PRIVATE SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME ${suite}/${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${suite}/${name} PROPERTIES LABELS ${suite} TIMEOUT 300
      ENVIRONMENT "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0")
  endforeach()
endfunction()
