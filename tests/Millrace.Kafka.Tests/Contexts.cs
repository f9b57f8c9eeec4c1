using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Connectors;

namespace Millrace.Kafka.Tests;

internal static class Contexts
{
    internal static ConnectorContext Task(
        string uid = "kafka",
        int index = 0,
        int parallelism = 1,
        string job = "job",
        ILoggerFactory? loggers = null
    ) => new(job, uid, index, parallelism, TimeProvider.System, loggers ?? NullLoggerFactory.Instance, Deadline.Token());
}
