package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.typesafe.config.ConfigFactory;
import dev.secateur.actors.node.Leftovers.Left;
import dev.secateur.actors.node.Leftovers.Listing;
import dev.secateur.actors.node.Leftovers.Place;
import dev.secateur.artifact.KeptArtifacts;
import dev.secateur.json.Json;
import dev.secateur.protocol.ArtifactContent;
import dev.secateur.protocol.CoordinatorProtocol.Collected;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What nodes write of what is kept and left behind, and what older ones wrote, with nulls. */
class KeeperMessagesTest {
  private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());
  private static final StageKey KEY = new StageKey("k");
  private static final StoreAccess ACCESS = new StoreAccess("u", "p");
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString(
                  "akka.actor.provider = local, akka.actor.serialization-bindings {"
                      + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }")
              .withFallback(ConfigFactory.load()));
  private static final Serialization SERIALIZATION = SerializationExtension.get(KIT.system());

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static JsonNode written(Object message) throws IOException {
    return CBOR.readTree(SERIALIZATION.serialize(message).get());
  }

  private static Object read(JsonNode written, Object like) throws IOException {
    int serializer = SERIALIZATION.findSerializerFor(like).identifier();
    return SERIALIZATION
        .deserialize(CBOR.writeValueAsBytes(written), serializer, like.getClass().getName())
        .get();
  }

  static Stream<Arguments> messages() {
    return Stream.of(
        arguments(
            new Keeper.Kept("w", new byte[0]),
            "{'worker': 'w'}",
            "{'worker': 'w', 'manifest': null}"),
        arguments(
            new Keeper.Kept("w", new byte[] {1}),
            "{'worker': 'w', 'manifest': 'AQ=='}",
            "{'worker': 'w', 'manifest': 'AQ=='}"),
        arguments(
            new Keeper.Send(KEY, new ArtifactContent.Archive(), ACCESS, "t"),
            "{'key': 'k', 'to': {'url': 'u', 'pass': 'p'}, 'ticket': 't'}",
            "{'key': 'k', 'name': null, 'from': 0, 'to': {'url': 'u', 'pass': 'p'}, 'ticket': 't'}"),
        arguments(
            new Keeper.Send(KEY, new ArtifactContent.File("a", 5), ACCESS, "t"),
            "{'key': 'k', 'name': 'a', 'from': 5, 'to': {'url': 'u', 'pass': 'p'}, 'ticket': 't'}",
            "{'key': 'k', 'name': 'a', 'from': 5, 'to': {'url': 'u', 'pass': 'p'}, 'ticket': 't'}"),
        arguments(
            new Keeper.Page("w", new Keeper.Listed("f", List.of(), true)),
            "{'worker': 'w', 'folder': 'f', 'artifacts': [], 'more': true}",
            "{'worker': 'w', 'folder': 'f', 'artifacts': [], 'more': true, 'problem': null}"),
        arguments(
            new Keeper.Page("w", new Keeper.Unreadable("no")),
            "{'worker': 'w', 'problem': 'no'}",
            "{'worker': 'w', 'folder': '', 'artifacts': [], 'more': false, 'problem': 'no'}"),
        arguments(
            new Keeper.Removed(new KeptArtifacts.Gone(Set.of(KEY), "")),
            "{'gone': {'keys': ['k']}}",
            "{'gone': {'keys': ['k'], 'problem': null}}"),
        arguments(
            new Keeper.Removed(new KeptArtifacts.Gone(Set.of(), "no")),
            "{'gone': {'keys': [], 'problem': 'no'}}",
            "{'gone': {'keys': [], 'problem': 'no'}}"),
        arguments(
            new LeftoverKeeper.Page(
                "w",
                new LeftoverKeeper.Listed(
                    new Listing(
                        "i",
                        "f",
                        List.of(
                            new Left("p", new Leftovers.Unfinished(), 1, Duration.ZERO),
                            new Left("s", new Leftovers.State(KEY, true), 2, Duration.ZERO)),
                        3),
                    false)),
            """
            {'worker': 'w', 'more': false, 'listing': {'identity': 'i', 'folder': 'f', 'all': 3, 'left': [
              {'name': 'p', 'bytes': 1, 'unused': 'PT0S'},
              {'name': 's', 'state': 'k', 'done': true, 'bytes': 2, 'unused': 'PT0S'}]}}""",
            """
            {'worker': 'w', 'more': false, 'problem': null, 'listing': {'identity': 'i', 'folder': 'f', 'all': 3, 'left': [
              {'name': 'p', 'state': null, 'done': false, 'bytes': 1, 'unused': 'PT0S'},
              {'name': 's', 'state': 'k', 'done': true, 'bytes': 2, 'unused': 'PT0S'}]}}"""),
        arguments(
            new LeftoverKeeper.Page("w", new LeftoverKeeper.Unreadable("no")),
            "{'worker': 'w', 'problem': 'no'}",
            "{'worker': 'w', 'listing': null, 'more': false, 'problem': 'no'}"),
        arguments(
            new LeftoverKeeper.Removed(new Leftovers.Gone(Set.of("p"), "")),
            "{'gone': {'names': ['p']}}",
            "{'gone': {'names': ['p'], 'problem': null}}"),
        arguments(
            new Collected(List.of(), "", "", List.of()),
            "{'removed': [], 'left': []}",
            "{'removed': [], 'problem': null, 'notice': null, 'left': []}"),
        arguments(
            new Collected(List.of(), "no", "some stay", List.of()),
            "{'removed': [], 'problem': 'no', 'notice': 'some stay', 'left': []}",
            "{'removed': [], 'problem': 'no', 'notice': 'some stay'}"));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void areWrittenWithoutNullsAndReadWithThem(Object message, String written, String before)
      throws IOException {
    JsonNode expected = Json.MAPPER.readTree(written.replace('\'', '"'));
    assertThat(Json.MAPPER.readTree(written(message).toString())).isEqualTo(expected);
    for (JsonNode form : List.of(expected, Json.MAPPER.readTree(before.replace('\'', '"')))) {
      assertThat(read(form, message)).usingRecursiveComparison().isEqualTo(message);
    }
  }

  private static <T> ActorRef<T> nobody() {
    return KIT.<T>createTestProbe().ref();
  }

  static Stream<Object> beginnings() {
    return Stream.of(
        new Keeper.Tell("", nobody()), new LeftoverKeeper.Tell(Place.LOGS, "", nobody()));
  }

  @ParameterizedTest
  @MethodSource("beginnings")
  void theFirstPageIsAfterNothing(Object tell) throws IOException {
    ObjectNode written = (ObjectNode) written(tell);
    assertThat(written.has("after")).isFalse();
    assertThat(read(written, tell)).isEqualTo(tell);
    assertThat(read(written.putNull("after"), tell)).isEqualTo(tell);
  }

  @Test
  void othersAreAfterTheLastOne() throws IOException {
    Keeper.Tell tell = new Keeper.Tell(KEY.value(), nobody());
    assertThat(written(tell).get("after").textValue()).isEqualTo("k");
    assertThat(read(written(tell), tell)).isEqualTo(tell);
  }
}
