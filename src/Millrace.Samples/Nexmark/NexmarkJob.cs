using System.Text.Json.Serialization.Metadata;
using Millrace.Api;
using Millrace.Connectors;

namespace Millrace.Samples.Nexmark;

/// <summary>
/// A query of the Nexmark benchmark as a job. Parameters: <c>source</c> (kafka; or generator), <c>input-topic</c> (nexmark-events),
/// <c>format</c> (json; or binary), <c>events</c>, <c>events-per-second</c>,
/// <c>seed</c> and <c>splits</c> of the generator, <c>sink</c> (kafka; or blackhole; query 10 also files), <c>output-topic</c> (the job's
/// name), <c>guarantee</c>, <c>bounded</c>, <c>output-path</c> of files.
/// </summary>
public abstract class NexmarkJob : IStreamJob
{
    private protected NexmarkJob(string query) => Name = "nexmark-" + query;

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Measures the job; set before it is built.</summary>
    public NexmarkProbe? Probe { get; set; }

    /// <inheritdoc/>
    public void Build(StreamExecutionEnvironment env)
    {
        ArgumentNullException.ThrowIfNull(env);
        Parameters parameters = new(env.Configuration, Name);
        Define(NexmarkStreams.Events(env, parameters, Name, Probe), new Target(parameters, Name, Probe));
        parameters.ThrowIfWrong();
    }

    private protected abstract void Define(DataStream<NexmarkEvent> events, Target target);

    /// <summary>Where the results go.</summary>
    private protected sealed class Target(Parameters parameters, string name, NexmarkProbe? probe)
    {
        public void Take<T>(DataStream<T> results, JsonTypeInfo<T> type, Func<string, ISink<T>>? files = null)
        {
            if (probe is not null)
            {
                results.SinkTo(probe.SinkOf<T>()).WithUid("probe");
            }

            switch (parameters.Text("sink", "kafka"))
            {
                case "kafka":
                    results.ToTopic(parameters, parameters.Text("output-topic", name), type);
                    break;
                case "blackhole":
                    results.SinkTo(new DiscardingSink<T>()).WithUid("sink");
                    break;
                case "files" when files is not null:
                    string path = parameters.Text("output-path", "");
                    if (path.Length == 0)
                    {
                        path = parameters.Wrong("output-path", "a directory for the files", ".");
                    }

                    results.SinkTo(files(path)).WithUid("sink");
                    break;
                default:
                    parameters.Wrong("sink", files is null ? "kafka or blackhole" : "kafka, blackhole or files", 0);
                    break;
            }
        }
    }
}
