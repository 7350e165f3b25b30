package dev.secateur.actors.leadership;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.SerializerWithStringManifest;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.typesafe.config.ConfigFactory;
import dev.secateur.actors.leadership.Presence.Active;
import dev.secateur.actors.leadership.Presence.Answer;
import dev.secateur.actors.leadership.Presence.NodeId;
import dev.secateur.actors.leadership.Presence.Role;
import dev.secateur.actors.leadership.Presence.Standby;
import dev.secateur.protocol.CoordinatorMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class PresenceTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString(
              "akka.actor.serialization-bindings {"
                  + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }"));
  private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());
  private static final Serialization SERIALIZATION = SerializationExtension.get(KIT.system());

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static Answer answer(Role role) {
    return new Answer(new NodeId("host:1", 7), true, role);
  }

  private static ObjectNode written(Answer answer) throws Exception {
    return (ObjectNode) CBOR.readTree(SERIALIZATION.serialize(answer).get());
  }

  private static Object read(ObjectNode fields) throws Exception {
    Answer any = answer(new Standby());
    var serializer = (SerializerWithStringManifest) SERIALIZATION.findSerializerFor(any);
    return SERIALIZATION
        .deserialize(
            CBOR.writeValueAsBytes(fields), serializer.identifier(), serializer.manifest(any))
        .get();
  }

  @Test
  void whoLeadsSaysWhereItsCoordinatorIs() throws Exception {
    Answer answer = answer(new Active(KIT.<CoordinatorMessage>createTestProbe().getRef(), 3));
    assertThat(written(answer).at("/active/term").asInt()).isEqualTo(3);
    assertThat(read(written(answer))).isEqualTo(answer);
  }

  @Test
  void whoStandsByNamesNoCoordinator() throws Exception {
    Answer answer = answer(new Standby());
    ObjectNode written = written(answer);
    assertThat(written.get("active").isNull()).isTrue();
    assertThat(read(written)).isEqualTo(answer);
    written.remove("active");
    assertThat(read(written)).isEqualTo(answer);
  }
}
