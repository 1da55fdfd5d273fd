// Every published module of docs/zoo.md, with the table that names them. Each header also stands alone.
#pragma once

#include "mgan/zoo/table.hpp"
