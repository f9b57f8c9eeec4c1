using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Journals;
using Millrace.DevBroker.Topics;
using Millrace.DevBroker.Transactions;

namespace Millrace.DevBroker.Hosting;

/// <summary>What the parts of one broker share.</summary>
internal sealed class BrokerServices(DevBrokerOptions options, TopicStore topics, IJournalStore journals, DevBrokerFaults faults)
{
    public DevBrokerOptions Options { get; } = options;

    public TimeProvider Time { get; } = options.TimeProvider;

    public ILoggerFactory Loggers { get; } = options.LoggerFactory;

    public TopicStore Topics { get; } = topics;

    public DevBrokerFaults Faults { get; } = faults;

    /// <summary>Name of the cluster of one; the same for all brokers of this kind, as no two are ever one cluster.</summary>
    public string ClusterId => "millrace-dev-broker";

    public IJournalStore Journals { get; } = journals;

    /// <summary>How clients reach this broker; known once it listens.</summary>
    public BrokerNode Node { get; set; } = new(options.NodeId, "", 0);

    /// <summary>What fault injection may do to groups; set by the group coordinator.</summary>
    public IGroupFaults? GroupFaults
    {
        get => Faults.Groups;
        set => Faults.Groups = value;
    }

    /// <summary>The partitions as the transaction coordinator sees them.</summary>
    public ITransactionLog TransactionLog => Topics;

    /// <summary>Guards transactional appends; set by the transaction coordinator.</summary>
    public ITransactionGuard? TransactionGuard { get; set; }
}
