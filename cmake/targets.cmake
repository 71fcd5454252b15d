find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# emis_library(NAME DEPS lib... PKG pkg-config-module...): the static library of the current folder, all its *.c.
function(emis_library name)
  cmake_parse_arguments(arg "" "" "DEPS;PKG;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  add_library(emis_${name} STATIC ${sources} ${arg_SOURCES})
  target_link_libraries(emis_${name} PUBLIC emis_flags Threads::Threads)
  foreach(dep IN LISTS arg_DEPS)
    target_link_libraries(emis_${name} PUBLIC emis_${dep})
  endforeach()
  foreach(pkg IN LISTS arg_PKG)
    string(MAKE_C_IDENTIFIER ${pkg} id)
    pkg_check_modules(${id} REQUIRED IMPORTED_TARGET ${pkg})
    target_link_libraries(emis_${name} PRIVATE PkgConfig::${id})
  endforeach()
endfunction()

# emis_program(NAME DEPS lib... [STATEMENTS dir]): a program; its modules are a library of their own (emis_<folder>), so
# that tests can link them, main.c stands apart.
function(emis_program name folder)
  cmake_parse_arguments(arg "" "" "DEPS;STATEMENTS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/main.c)
  set(generated)
  if(arg_STATEMENTS)
    emis_embed_statements(generated ${arg_STATEMENTS} ${folder})
  endif()
  add_library(emis_${folder} STATIC ${sources} ${generated})
  target_link_libraries(emis_${folder} PUBLIC emis_flags Threads::Threads)
  foreach(dep IN LISTS arg_DEPS)
    target_link_libraries(emis_${folder} PUBLIC emis_${dep})
  endforeach()
  add_executable(${name} main.c)
  target_link_libraries(${name} PRIVATE emis_${folder})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# Every file of sql/statements/<program>/ becomes one entry of `<folder>_statements[]` (see lib/store/statement.h).
function(emis_embed_statements ret dir folder)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${dir}/*.sql)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${folder}_statements.c)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${folder}_statements "-DFILES=${files}"
      -P ${PROJECT_SOURCE_DIR}/cmake/embed_statements.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_statements.cmake VERBATIM)
  set(${ret} ${out} PARENT_SCOPE)
endfunction()
