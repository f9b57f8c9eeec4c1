using Millrace.Connectors;

namespace Millrace.Operators;

/// <summary>Translates an operator's context for a connector.</summary>
internal static class ConnectorContexts
{
    public static ConnectorContext Of(OperatorContext context) =>
        new(
            context.JobName,
            context.Uid,
            context.TaskIndex,
            context.Parallelism,
            context.TimeProvider,
            context.LoggerFactory,
            context.CancellationToken
        )
        {
            ReaderOf = context.ReaderOf,
        };
}
