package dev.secateur.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.disk.DiskUse;
import dev.secateur.coordinator.plan.PlanOutline;
import dev.secateur.coordinator.report.BestTrials;
import dev.secateur.coordinator.report.TrialStory;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.Disk;
import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.PredictedSize;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.SweepSummary;
import dev.secateur.protocol.WorkerSummary;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openapi4j.parser.OpenApi3Parser;
import org.openapi4j.parser.validation.v3.OpenApi3Validator;

/** The description is valid, and of just what the API does. */
class OpenApiTest {
  private static final URL DESCRIPTION = HttpApi.class.getResource("openapi.yaml");

  /** The record that is answered as each schema says, or the cases of it. */
  private static final Map<String, Class<?>> RECORDS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("Errors", Responses.Errors.class),
              Map.entry("Submitted", Responses.Accepted.class),
              Map.entry("Done", Responses.Done.class),
              Map.entry("Outline", PlanOutline.class),
              Map.entry("Count", PlanOutline.Count.class),
              Map.entry("PredictedSize", PredictedSize.class),
              Map.entry("LayerSpan", LayerSpan.class),
              Map.entry("Sweep", SweepSummary.class),
              Map.entry("BestTrials", BestTrials.class),
              Map.entry("BestTrial", BestTrials.BestTrial.class),
              Map.entry("Worker", WorkerSummary.class),
              Map.entry("Capabilities", Capabilities.class),
              Map.entry("DiskRoom", Disk.class),
              Map.entry("Work", WorkerSummary.Activity.class),
              Map.entry("Progress", Progress.class),
              Map.entry("Condition", WorkerSummary.Condition.class),
              Map.entry("Place", DiskUse.class),
              Map.entry("Cleaned", DiskRoutes.Cleaned.class),
              Map.entry("Gone", DiskRoutes.Gone.class),
              Map.entry("Left", DiskRoutes.Left.class),
              Map.entry("Used", DiskRoutes.Used.class),
              Map.entry("TrialArtifacts", ArtifactPlaces.OfTrial.class),
              Map.entry("Placed", ArtifactPlaces.Placed.class),
              Map.entry("Plan", PeopleRoutes.PlanInWords.class),
              Map.entry("PlannedStage", PeopleRoutes.StageInWords.class),
              Map.entry("PlannedTrials", PlannedTrials.class),
              Map.entry("PlannedTrial", PlannedTrials.PlannedTrial.class),
              Map.entry("Node", ClusterNodes.NodeSummary.class),
              Map.entry("TrialStory", TrialStory.class),
              Map.entry("StageStory", TrialStory.StageStory.class),
              Map.entry("Attempt", TrialStory.Attempt.class),
              Map.entry("LogLines", PeopleRoutes.LogLines.class)));

  /** Those that take whatever parameters they are given; artifacts' do too, for nodes to come. */
  private static final Set<String> INDIFFERENT =
      Set.of("/health GET", "/ready GET", "/openapi.yaml GET", "/metrics GET");

  @TempDir private static Path folder;
  private static ApiServer api;
  private static JsonNode description;

  @BeforeAll
  static void start() throws Exception {
    api = new ApiServer(folder, new FakeSources("/models"));
    try (InputStream stream = DESCRIPTION.openStream()) {
      description = new YAMLMapper().readTree(stream);
    }
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  @Test
  void isValid() throws Exception {
    OpenApi3Validator.instance().validate(new OpenApi3Parser().parse(DESCRIPTION, false));
  }

  @Test
  void hasEveryPathAndMethodAndNoOther() {
    Set<String> described = new TreeSet<>();
    description
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(method -> described.add(line(method, path.getKey()))));
    assertThat(described)
        .containsExactlyElementsOf(
            new TreeSet<>(api.endpoints().stream().map(OpenApiTest::line).toList()));
  }

  private static String line(String method, String path) {
    return path + " " + method.toUpperCase(java.util.Locale.ROOT);
  }

  private static String line(Endpoint endpoint) {
    return line(endpoint.method().value(), path(endpoint));
  }

  private static String path(Endpoint endpoint) {
    return endpoint.path().replace("*}", "}");
  }

  static Stream<Endpoint> endpoints() {
    return api.endpoints().stream();
  }

  @ParameterizedTest
  @MethodSource("endpoints")
  void describesWhomEachAnswersAndWhatItsPathNames(Endpoint endpoint) {
    JsonNode operation = operation(endpoint);
    boolean isOpen = operation.path("security").isArray() && operation.get("security").isEmpty();
    assertThat(isOpen).isEqualTo(endpoint.access() == Endpoint.Access.ANYBODY);
    Set<String> names = new TreeSet<>();
    Matcher name = Pattern.compile("\\{(\\w+)}").matcher(path(endpoint));
    while (name.find()) {
      names.add(name.group(1));
    }
    assertThat(parameters(operation, "path")).isEqualTo(names);
  }

  /** They refuse what they do not know, and say what they know. */
  @ParameterizedTest
  @MethodSource("endpoints")
  void describesTheParametersOfEach(Endpoint endpoint) throws Exception {
    String path =
        path(endpoint)
            .replace("{direction}", "pause")
            .replace("{key}", "0".repeat(40))
            .replaceAll("\\{\\w+}", "0");
    Map<String, String> headers = Map.of("Content-Type", "application/hocon");
    String query = "?name=x&value=1&zz_unknown=1";
    String answer = api.send(endpoint.method().value(), path + query, headers, "").body();
    Set<String> described = parameters(operation(endpoint), "query");
    Matcher allowed = Pattern.compile("; allowed are ([a-z_, ]+)\"").matcher(answer);
    if (allowed.find()) {
      assertThat(described).containsExactlyInAnyOrder(allowed.group(1).split(", "));
    } else if (endpoint.access() != Endpoint.Access.ARTIFACTS
        && !INDIFFERENT.contains(line(endpoint))) {
      assertThat(answer).contains("; none is allowed here");
      assertThat(described).isEmpty();
    }
  }

  private static JsonNode operation(Endpoint endpoint) {
    return description
        .get("paths")
        .get(path(endpoint))
        .get(endpoint.method().value().toLowerCase(java.util.Locale.ROOT));
  }

  private static Set<String> parameters(JsonNode operation, String where) {
    Set<String> names = new TreeSet<>();
    for (JsonNode parameter : operation.path("parameters")) {
      JsonNode meant =
          parameter.has("$ref")
              ? description.at(parameter.get("$ref").asText().substring(1))
              : parameter;
      if (meant.get("in").asText().equals(where)) {
        names.add(meant.get("name").asText());
      }
    }
    return names;
  }

  @Test
  void hasASchemaForEachRecordAndNoOther() {
    List<String> schemas = new ArrayList<>();
    description.at("/components/schemas").fieldNames().forEachRemaining(schemas::add);
    assertThat(schemas).containsExactlyInAnyOrderElementsOf(RECORDS.keySet());
  }

  static Set<String> schemas() {
    return RECORDS.keySet();
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void hasTheFieldsOfEachRecord(String schema) {
    JsonNode properties = description.at("/components/schemas/" + schema + "/properties");
    Map<String, JavaType> fields = fields(RECORDS.get(schema));
    Set<String> described = new TreeSet<>();
    properties.fieldNames().forEachRemaining(described::add);
    assertThat(described).isEqualTo(fields.keySet()).allMatch(name -> name.matches("[a-z_0-9]+"));
    fields.forEach((name, type) -> check(schema + "." + name, properties.get(name), type));
  }

  /** Of cases the fields that any of them has; one that is written as null has none. */
  private static Map<String, JavaType> fields(Class<?> record) {
    if (record.isSealed()) {
      Map<String, JavaType> fields = new TreeMap<>();
      Stream.of(record.getPermittedSubclasses()).map(OpenApiTest::fields).forEach(fields::putAll);
      return fields;
    }
    JavaType type = Responses.JSON.constructType(record);
    Map<String, JavaType> fields = new TreeMap<>();
    for (BeanPropertyDefinition property :
        Responses.JSON.getSerializationConfig().introspect(type).findProperties()) {
      if (property.couldSerialize()) {
        fields.put(property.getName(), property.getPrimaryType());
      }
    }
    return fields;
  }

  /** Lists are arrays of what they hold, records the schemas of their own, labels all there are. */
  private static void check(String what, JsonNode schema, JavaType type) {
    Class<?> raw = type.getRawClass();
    if (raw == java.util.Optional.class) {
      check(what, schema, type.containedType(0));
    } else if (java.util.Collection.class.isAssignableFrom(raw)) {
      assertThat(schema.path("type").asText()).as(what).isEqualTo("array");
      check(what, schema.get("items"), type.getContentType());
    } else if (Map.class.isAssignableFrom(raw)) {
      check(what, schema.path("additionalProperties"), type.getContentType());
    } else if (RECORDS.containsValue(raw)) {
      String named = schema.path("$ref").asText().replaceAll(".*/", "");
      assertThat(RECORDS.get(named)).as(what).isEqualTo(raw);
    } else if (raw.isEnum() && schema.has("enum")) {
      List<String> labels =
          Stream.of(raw.getEnumConstants()).map(each -> ((Labelled) each).label()).toList();
      List<String> described = new ArrayList<>();
      schema.get("enum").forEach(label -> described.add(label.asText()));
      assertThat(described).as(what).containsExactlyInAnyOrderElementsOf(labels);
    } else {
      assertThat(schema.path("type").asText()).as(what).isEqualTo(plain(raw));
    }
  }

  private static String plain(Class<?> type) {
    if (type == boolean.class || type == Boolean.class) {
      return "boolean";
    } else if (type == int.class || type == long.class) {
      return "integer";
    } else if (type == Integer.class || type == Long.class) {
      return "integer";
    } else if (Number.class.isAssignableFrom(type) || type == double.class) {
      return "number";
    }
    return JsonNode.class.isAssignableFrom(type)
        ? "object"
        : type.getSimpleName().equals("CodeVersion") ? "integer" : "string";
  }
}
