// Writes to a topic with Kafka's own Java producer, one compressed record batch per codec, in one partition.
// Arguments: bootstrap servers, topic, records per batch, codecs. Run as a source file by `java -cp <Kafka>`.
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

class BatchProducer {
  public static void main(String[] arguments) {
    int records = Integer.parseInt(arguments[2]);
    for (int at = 3; at < arguments.length; at++) {
      String codec = arguments[at];
      Properties properties = new Properties();
      properties.put("bootstrap.servers", arguments[0]);
      properties.put("compression.type", codec);
      properties.put("linger.ms", "200");
      properties.put("batch.size", "1000000");
      var text = new StringSerializer();
      try (var producer = new KafkaProducer<String, String>(properties, text, text)) {
        for (int n = 0; n < records; n++)
          producer.send(new ProducerRecord<>(arguments[1], 0, codec, (codec + "." + n + " ").repeat(500)));
      }
    }
  }
}
