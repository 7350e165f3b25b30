package dev.secateur.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.input.Utf8;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** Rows of a Parquet file, converted to the values that they would have in JSON. */
final class ParquetRows {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final CellBudget budget;

  private ParquetRows(CellBudget budget) {
    this.budget = budget;
  }

  static void read(Path file, Consumer<JsonNode> row) throws IOException {
    new ParquetRows(new CellBudget(Files.size(file))).readAll(file, row);
  }

  private void readAll(Path file, Consumer<JsonNode> row) throws IOException {
    ParquetReadOptions options =
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .withCodecFactory(new ParquetCompression())
            .build();
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file), options)) {
      MessageType schema = reader.getFooter().getFileMetaData().getSchema();
      for (PageReadStore pages = reader.readNextRowGroup();
          pages != null;
          pages = reader.readNextRowGroup()) {
        RecordReader<Group> records =
            new ColumnIOFactory()
                .getColumnIO(schema)
                .getRecordReader(pages, new GroupRecordConverter(schema));
        for (long i = 0; i < pages.getRowCount(); i++) {
          row.accept(object(records.read()));
        }
      }
    }
  }

  private ObjectNode object(Group group) {
    budget.spend(0);
    ObjectNode object = JSON.objectNode();
    for (Type field : group.getType().getFields()) {
      int index = group.getType().getFieldIndex(field.getName());
      object.set(field.getName(), field(group, index, field));
    }
    return object;
  }

  private JsonNode field(Group group, int index, Type field) {
    int count = group.getFieldRepetitionCount(index);
    if (field.isRepetition(Type.Repetition.REPEATED)) {
      ArrayNode all = JSON.arrayNode();
      for (int i = 0; i < count; i++) {
        all.add(value(group, index, i, field));
      }
      return all;
    }
    budget.spend(0);
    return count == 0 ? JSON.nullNode() : value(group, index, 0, field);
  }

  private JsonNode value(Group group, int index, int at, Type field) {
    if (field.isPrimitive()) {
      budget.spend(0);
      return switch (field.asPrimitiveType().getPrimitiveTypeName()) {
        case BOOLEAN -> JSON.booleanNode(group.getBoolean(index, at));
        case INT32 -> JSON.numberNode(group.getInteger(index, at));
        case INT64 -> JSON.numberNode(group.getLong(index, at));
        case FLOAT -> JSON.numberNode(group.getFloat(index, at));
        case DOUBLE -> JSON.numberNode(group.getDouble(index, at));
        default -> text(group, index, at);
      };
    }
    Group inner = group.getGroup(index, at);
    return isList(field) ? list(inner) : object(inner);
  }

  private JsonNode text(Group group, int index, int at) {
    if (field(group, index) == PrimitiveTypeName.INT96) {
      return JSON.textNode(group.getValueToString(index, at));
    }
    Binary value = group.getBinary(index, at);
    budget.spend(value.length());
    Type field = group.getType().getType(index);
    if (field.getLogicalTypeAnnotation() instanceof StringLogicalTypeAnnotation
        && !Utf8.isText(value.getBytes())) {
      throw new InputException("'" + field.getName() + "' is not UTF-8 text");
    }
    return JSON.textNode(value.toStringUsingUTF8());
  }

  private static PrimitiveTypeName field(Group group, int index) {
    return group.getType().getType(index).asPrimitiveType().getPrimitiveTypeName();
  }

  private static boolean isList(Type field) {
    return field.getLogicalTypeAnnotation()
            instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation
        && field.asGroupType().getFieldCount() == 1;
  }

  /** A list is a group of one repeated group of one element. */
  private ArrayNode list(Group list) {
    ArrayNode all = JSON.arrayNode();
    Type repeated = list.getType().getType(0);
    for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
      all.add(element(list, i, repeated));
    }
    return all;
  }

  private JsonNode element(Group list, int at, Type repeated) {
    if (repeated.isPrimitive()) {
      return value(list, 0, at, repeated);
    }
    GroupType wrapper = repeated.asGroupType();
    Group inner = list.getGroup(0, at);
    return wrapper.getFieldCount() == 1 ? field(inner, 0, wrapper.getType(0)) : object(inner);
  }
}
