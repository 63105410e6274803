# A service: its rooms as a library (so that tests can link them) and a program of main.c.

# portal_service(catalog LIBS ...): library catalog_core, program portal-catalog; needs <name>.sql and schema/
function(portal_service name)
  cmake_parse_arguments(arg "" "" "LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.c)
  list(FILTER sources EXCLUDE REGEX "/([a-z]+_)?main\\.c$")
  add_library(${name}_core STATIC ${sources})
  target_include_directories(${name}_core PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(${name}_core PUBLIC shared ${arg_LIBS})
  file(GLOB queries CONFIGURE_DEPENDS *.sql)
  foreach(file ${queries})
    file(RELATIVE_PATH file ${CMAKE_CURRENT_SOURCE_DIR} ${file})
    portal_sql(${name}_core ${file})
  endforeach()
  portal_migrations(${name}_core ${name} schema)
  add_executable(portal-${name} main.c)
  target_link_libraries(portal-${name} PRIVATE ${name}_core)
  target_link_options(portal-${name} PRIVATE -Wl,--as-needed)     # what only a tool of the service uses stays out
  install(TARGETS portal-${name} RUNTIME DESTINATION bin)
endfunction()
