package dev.secateur.coordinator.report.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.coordinator.json.Json;
import java.util.List;

/** A table as a JSON array: an object to each row, with a null where nothing is known. */
final class JsonTable {
  private JsonTable() {}

  static String of(Table table) {
    ArrayNode rows = Json.MAPPER.createArrayNode();
    table.rows().forEach(row -> fill(rows.addObject(), row, table.columns()));
    try {
      return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(rows) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void fill(ObjectNode object, List<Cell> row, List<Column> columns) {
    for (int i = 0; i < row.size(); i++) {
      Cell cell = row.get(i);
      Column column = columns.get(i);
      if (cell.number().isPresent()) {
        object.putPOJO(column.name(), cell.number().get());
      } else if (cell.isKnown()) {
        object.put(column.name(), cell.text());
      } else {
        object.putNull(column.name());
      }
      cell.error().ifPresent(e -> object.put(column.errorsName(), e.value()));
    }
  }
}
