using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Connectors;

namespace Millrace.Kafka.Tests;

internal static class Contexts
{
    internal static ConnectorContext Task(string uid = "kafka", int index = 0, int parallelism = 1, string job = "job") =>
        new(job, uid, index, parallelism, TimeProvider.System, NullLoggerFactory.Instance, Deadline.Token());
}
