using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Journals;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups;

/// <summary>
/// The classic consumer group protocol for one group: a state machine over <see cref="GroupState"/> driven by requests and by the clock.
/// <code>
/// Empty --join--> PreparingRebalance --all joined or time out--> CompletingRebalance --leader's sync--> Stable
///   ^                    ^   ^----------------- join, leave, expiry -----------------'------------------'
///   '---- last member gone ---'
/// </code>
/// All of it runs under one lock per group; parked requests are answered through their tasks.
/// </summary>
internal sealed partial class ConsumerGroup : IDisposable
{
    // Configuration.
    private readonly GroupCoordinatorOptions _options;
    private readonly TimeProvider _time;
    private readonly IJournal _journal;
    private readonly ILogger _log;
    private readonly Lock _gate = new();

    // Recovered after a restart.
    private readonly GroupMembers _members = new();
    private readonly GroupOffsets _offsets;
    private int _generation;
    private string? _protocolType;
    private string? _protocolName;
    private long _stateSince;

    // Not recovered.
    private readonly Dictionary<string, Deadline> _pendingJoins = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pendingSyncs = new(StringComparer.Ordinal);
    private Task<bool> _lastWrite = Task.FromResult(true);
    private readonly Deadline _joinDeadline;
    private readonly Deadline _syncDeadline;
    private TimeSpan _initialDelayLeft;
    private bool _isInitialRebalance;
    private bool _memberAddedDuringDelay;

    public ConsumerGroup(string groupId, GroupCoordinatorOptions options, TimeProvider time, IJournal journal, ILogger log)
    {
        Id = groupId;
        _options = options;
        _time = time;
        _journal = journal;
        _log = log;
        _offsets = new GroupOffsets();
        _joinDeadline = new Deadline(time, _gate, OnJoinDeadline);
        _syncDeadline = new Deadline(time, _gate, OnSyncDeadline);
        _stateSince = NowMs();
    }

    public string Id { get; }

    /// <summary>The state now; only for listings and tests, it may have changed when this returns.</summary>
    public GroupState State { get; private set; } = GroupState.Empty;

    /// <summary>Ends when the last change so far is in the journal; false when it could not be written.</summary>
    public Task<bool> WrittenAsync()
    {
        lock (_gate)
        {
            return _lastWrite;
        }
    }

    /// <summary>Makes the members rejoin, as a change of membership would. False when there are none to do so.</summary>
    public bool ForceRebalance()
    {
        lock (_gate)
        {
            if (State is not (GroupState.Stable or GroupState.CompletingRebalance))
            {
                return false;
            }

            PrepareRebalance();
            return true;
        }
    }

    /// <summary>
    /// Ends the sessions of the members with this member, instance or client id (null: of all) as if their heartbeats had stopped.
    /// </summary>
    /// <returns>How many there were.</returns>
    public int ExpireMembers(string? name)
    {
        lock (_gate)
        {
            GroupMember[] expired = _members.All.Where(member => name is null || member.IsCalled(name)).ToArray();
            foreach (GroupMember member in expired)
            {
                RemoveMember(member);
            }

            if (expired.Length > 0)
            {
                AfterMembersRemoved();
            }

            return expired.Length;
        }
    }

    public GroupDescription Describe()
    {
        lock (_gate)
        {
            // Only a stable group has metadata and assignments that belong together.
            bool stable = State == GroupState.Stable;
            return new GroupDescription
            {
                GroupId = Id,
                State = State,
                ProtocolType = _protocolType ?? "",
                ProtocolName = stable ? _protocolName ?? "" : "",
                Members =
                [
                    .. _members.All.Select(member => new MemberDescription(
                        member.MemberId,
                        member.InstanceId,
                        member.ClientId,
                        member.ClientHost,
                        stable ? member.MetadataOf(_protocolName) : [],
                        stable ? member.Assignment : []
                    )),
                ],
            };
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Kill();
        }
    }

    private void Kill()
    {
        State = GroupState.Dead;
        _joinDeadline.Dispose();
        _syncDeadline.Dispose();
        foreach (Deadline pending in _pendingJoins.Values)
        {
            pending.Dispose();
        }

        foreach (GroupMember member in _members.All)
        {
            member.Session.Dispose();
            member.AnswerJoin(JoinGroupResult.Failed(ErrorCode.CoordinatorNotAvailable, member.MemberId));
            member.AnswerSync(SyncGroupResult.Failed(ErrorCode.CoordinatorNotAvailable));
        }
    }

    private ErrorCode Validate(string memberId, string? instanceId, out GroupMember? member)
    {
        member = null;
        if (instanceId is not null)
        {
            string? current = _members.StaticMemberId(instanceId);
            if (current is null)
            {
                return ErrorCode.UnknownMemberId;
            }

            if (!string.Equals(current, memberId, StringComparison.Ordinal))
            {
                return ErrorCode.FencedInstanceId;
            }
        }

        return _members.TryGet(memberId, out member) ? ErrorCode.None : ErrorCode.UnknownMemberId;
    }

    private ErrorCode Validate(string memberId, string? instanceId, int generation, out GroupMember? member)
    {
        ErrorCode error = Validate(memberId, instanceId, out member);
        return error == ErrorCode.None && generation != _generation ? ErrorCode.IllegalGeneration : error;
    }

    private void Enter(GroupState state)
    {
        State = state;
        _stateSince = NowMs();
    }

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
