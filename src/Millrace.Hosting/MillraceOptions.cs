using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Millrace.Hosting;

/// <summary>
/// How a host runs jobs. Bound from section <c>Millrace</c> of its configuration, beside which
/// <list type="bullet">
/// <item><c>Millrace:Execution</c> has <see cref="Runtime.ExecutionOptions"/> of all jobs,</item>
/// <item><c>Millrace:Jobs:NAME:Execution</c> those of one, and</item>
/// <item><c>Millrace:Jobs:NAME</c> its parameters: what its <c>env.Configuration</c> has over the whole configuration.</item>
/// </list>
/// </summary>
public sealed class MillraceOptions
{
    /// <summary>
    /// Where checkpoints go; <see langword="null"/> = to the store that was registered, else into memory, so that they end with the
    /// process.
    /// </summary>
    public string? CheckpointDirectory { get; set; }

    /// <summary>
    /// Whether the host takes a savepoint of each job when it stops (Flink's <c>stop</c>). Default <see langword="false"/>: jobs are
    /// cancelled, and go on from their last checkpoint.
    /// </summary>
    public bool StopWithSavepoint { get; set; }

    /// <summary>What the host does when a job has failed for good, after its restart strategy. Default: it stops.</summary>
    public JobFailureBehavior OnJobFailure { get; set; } = JobFailureBehavior.StopHost;
}

/// <summary>What a host does when a job has failed for good.</summary>
public enum JobFailureBehavior
{
    /// <summary>It stops, with exit code 1.</summary>
    StopHost,

    /// <summary>It goes on without the job; its health check tells.</summary>
    Ignore,
}

internal sealed class MillraceOptionsValidator(IEnumerable<JobRegistration> jobs, IConfiguration configuration)
    : IValidateOptions<MillraceOptions>
{
    private static readonly string[] Known =
    [
        nameof(MillraceOptions.CheckpointDirectory),
        nameof(MillraceOptions.StopWithSavepoint),
        nameof(MillraceOptions.OnJobFailure),
        "Execution",
        "Jobs",
    ];

    public ValidateOptionsResult Validate(string? name, MillraceOptions options)
    {
        List<string> errors = [];
        if (options.CheckpointDirectory is { } directory && string.IsNullOrWhiteSpace(directory))
        {
            errors.Add("Millrace:CheckpointDirectory is empty; name a directory, or leave it out.");
        }

        if (!Enum.IsDefined(options.OnJobFailure))
        {
            errors.Add(
                $"Millrace:OnJobFailure is {options.OnJobFailure}, expected {nameof(JobFailureBehavior.StopHost)} or "
                    + $"{nameof(JobFailureBehavior.Ignore)}."
            );
        }

        IConfigurationSection section = configuration.GetSection(MillraceServices.Section);
        errors.AddRange(
            section
                .GetChildren()
                .Where(static each => !Known.Contains(each.Key, StringComparer.OrdinalIgnoreCase))
                .Select(static each =>
                    $"{each.Path} is unknown, expected one of {string.Join(", ", Known)}. Correct its name, or remove it."
                )
        );
        string names = string.Join(", ", jobs.Select(static each => $"'{each.Job.Name}'"));
        errors.AddRange(
            section
                .GetSection("Jobs")
                .GetChildren()
                .Where(each => !jobs.Any(job => MillraceServices.IsOf(each.Key, job.Job.Name)))
                .Select(each => $"{each.Path} is of no job of this host, expected one of {names}. Correct its name, or remove it.")
        );

        // Without case: so are sections of a configuration, and directories on some systems.
        errors.AddRange(
            jobs.GroupBy(static each => each.Job.Name, StringComparer.OrdinalIgnoreCase)
                .Where(static same => same.Count() > 1)
                .Select(static same => $"{same.Count()} jobs are called '{same.Key}'; give each a name of its own, which names its state.")
        );
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
