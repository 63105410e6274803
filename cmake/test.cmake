# Tests in C: one cmocka program per file, grouped by suite through CTest's labels.

# portal_tests(unit LIBS shared): every test_*.c of the current folder
function(portal_tests suite)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS test_*.c)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    string(REPLACE "test_" "${suite}_" name ${name})
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ${arg_LIBS} PkgConfig::CMOCKA)
    target_compile_definitions(${name} PRIVATE SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME ${suite}/${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${suite}/${name} PROPERTIES LABELS ${suite} TIMEOUT 120)
  endforeach()
endfunction()
