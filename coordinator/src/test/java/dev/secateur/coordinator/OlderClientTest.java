package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import akka.serialization.SerializerWithStringManifest;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.typesafe.config.ConfigFactory;
import dev.secateur.protocol.CoordinatorProtocol.ListSweeps;
import dev.secateur.protocol.CoordinatorProtocol.Sweeps;
import dev.secateur.protocol.CoordinatorProtocol.Wanted.All;
import dev.secateur.protocol.CoordinatorProtocol.Wanted.Only;
import dev.secateur.protocol.SweepId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What nodes of an older version ask, in words that have got more fields since. */
class OlderClientTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          ConfigFactory.parseString(
              "akka.actor.serialization-bindings {"
                  + "\"dev.secateur.protocol.CborSerializable\" = jackson-cbor }"));

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  @Test
  void whoNamesNoSweepAsksForAll() throws Exception {
    Serialization serialization = SerializationExtension.get(KIT.system());
    ActorRef<Sweeps> client = KIT.<Sweeps>createTestProbe().getRef();
    ListSweeps asked = new ListSweeps(new Only(new SweepId("s")), client);
    SerializerWithStringManifest serializer =
        (SerializerWithStringManifest) serialization.findSerializerFor(asked);
    ObjectMapper cbor = new ObjectMapper(new CBORFactory());
    ObjectNode fields = (ObjectNode) cbor.readTree(serialization.serialize(asked).get());
    assertThat(fields.remove("only").asText()).isEqualTo("s");
    byte[] older = cbor.writeValueAsBytes(fields);
    assertThat(
            serialization
                .deserialize(older, serializer.identifier(), serializer.manifest(asked))
                .get())
        .isEqualTo(new ListSweeps(new All(), client));
  }
}
